// SPDX-License-Identifier: Apache-2.0
// Martlet: that every value of the chart does something.

import TestSupport
import Testing

@Suite("Values of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct ValuesTests {
    @Test
    func eachIsChangedBySomeCase() throws {
        let defaults = try YAMLTree(parsing: Repository.text("helm/martlet/values.yaml"))
        let cases = try ChartCase.all.map { try $0.values }
        let leaves = defaults.leaves(intoLists: false)
        #expect(leaves.count > 300)
        for leaf in leaves {
            let isChanged = cases.contains { one in
                let value = one.at(leaf.path)
                return !value.isNone && value != leaf.value
            }
            #expect(isChanged, "\(leaf.path.joined(separator: ".")) is the same in all cases")
        }
    }

    /// Each value of this case is unlike all others.
    @Test
    func eachOfTheLargestCaseArrives() async throws {
        let one = ChartCase.everything
        let values = try one.values
        let text = try await one.rendering.text
        let words = Set(text.split { !Self.isOfWord($0) })
        let leaves = values.leaves().filter { $0.value.flag == nil && $0.value.text?.contains("{{") == false }
        #expect(leaves.count > 300)
        for leaf in leaves {
            let value = try #require(leaf.value.text)
            // A time is written with its unit, a name as the beginning of others.
            let isThere = value.split { !Self.isOfWord($0) }.allSatisfy {
                words.contains($0) || words.contains("\($0)s") || $0.first?.isLetter == true && text.contains($0)
            }
            #expect(isThere, "\(leaf.path.joined(separator: ".")): \(value) is nowhere")
        }
    }

    private static func isOfWord(_ letter: Character) -> Bool {
        letter.isLetter || letter.isNumber || letter == "-" || letter == "." || letter == "_" || letter == "/"
    }

    /// Helm merges maps; what one part says must stay with it.
    @Test
    func aPartKeepsItsPodsValuesToItself() async throws {
        let chart = try await ChartCase.everything.rendering
        let tiers = chart.pods.map { ("\($0)", $0.component, $0.labels["example.com/tier"]) }
        #expect(tiers.count > 10)
        for (pod, component, tier) in tiers where component != "test" {
            let isAPI = ["api", "migrate"].contains(component)
            #expect(tier == (isAPI ? "tier-of-api" : "tier-of-all"), "\(pod)")
        }
        #expect(
            try chart.one("Deployment/big-gannet-worker").podTemplate?["spec.priorityClassName"].text
                == "priority-of-all"
        )
        #expect(
            try chart.one("Rollout/big-gannet-api").podTemplate?["spec.priorityClassName"].text == "priority-of-api"
        )
        #expect(
            try chart.one("Deployment/big-gannet-health").podTemplate?["spec.runtimeClassName"].text
                == "runtime-of-health"
        )
    }
}
