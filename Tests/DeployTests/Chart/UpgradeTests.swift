// SPDX-License-Identifier: Apache-2.0
// Martlet: that a chart takes what people wrote for the versions before it, and that Kubernetes takes the difference.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Upgrades of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct UpgradeTests {
    /// All values of each version that was published: whoever wrote one of them has it.
    private static let folder = "Tests/DeployTests/Chart/Values"
    private static let fixed = "Tests/DeployTests/Chart/Fixed"

    private static func versions() throws -> [String] { try Repository.files(in: folder, ending: ".yaml") }

    @Test
    func valuesOfEveryVersionAreStillTaken() async throws {
        let versions = try Self.versions()
        #expect(versions.contains("\(Self.folder)/0.1.0.yaml"))
        for path in versions {
            for base in ["defaults", "dev", "staging", "prod"] {
                var request = try ChartCase.named(base).request(.four)
                request.valuesFiles.insert("\(Repository.root)/\(path)", at: 0)
                #expect(try await Helm.shared.value.refusal(request) == nil, "\(path) below \(base)")
            }
        }
    }

    /// Kubernetes refuses other selectors and claims on objects that are there: what each version made is written down in `Fixed`.
    @Test
    func whatCantChangeHasNotChanged() async throws {
        let chart = try await ChartCase.named("dev").rendering
        let own = chart.all("Deployment", "StatefulSet", "PersistentVolumeClaim")
        let versions = try Repository.files(in: Self.fixed, ending: ".yaml")
        let published = try Self.versions()
        #expect(versions.map { $0.split(separator: "/").last } == published.map { $0.split(separator: "/").last })
        var known: Set<String> = []
        for path in versions {
            let made = try YAMLTree(parsing: Repository.text(path)).members
            #expect(made.count >= 7, "\(path)")
            for (name, fields) in made {
                let object = try chart.one(name)
                #expect(!fields.members.isEmpty, "\(path): \(name)")
                for (field, value) in fields.members { #expect(object["spec"][field] == value, "\(name): \(field)") }
            }
            known.formUnion(made.keys)
        }
        #expect(Set(own.map(\.description)).subtracting(known).sorted() == [], "what is new is written down, too")
        let claims = chart.all("PersistentVolumeClaim")
        #expect(!claims.isEmpty)
        // Backups outlive the release.
        for claim in claims { #expect(claim.annotations["helm.sh/resource-policy"] == "keep", "\(claim)") }
    }

    /// The chart's version and that of its parts go together, and with that of the programs.
    @Test
    func versionsGoTogether() throws {
        let chart = try YAMLTree(parsing: Repository.text("helm/martlet/Chart.yaml"))
        let version = try #require(chart["version"].text)
        for dependency in chart["dependencies"].items {
            let part = try YAMLTree(parsing: Repository.text("helm/martlet/charts/\(dependency["name"])/Chart.yaml"))
            #expect(part["version"].text == version && dependency["version"].text == version, "\(dependency)")
            #expect(
                part["appVersion"] == chart["appVersion"] && part["kubeVersion"] == chart["kubeVersion"],
                "\(dependency)"
            )
            #expect((part["type"].text == "library") == (dependency["name"].text == "common"), "\(dependency)")
        }
        #expect(chart["dependencies"].items.count == 5)
    }
}
