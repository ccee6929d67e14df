// SPDX-License-Identifier: Apache-2.0
// Martlet: that values which can't work together are refused in words, all at once.

import TestSupport
import Testing

@Suite("Values that can't work together", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct ProblemTests {
    @Test(arguments: ChartProblem.all, Helm.Version.allCases)
    func eachIsNamedWithWhatIsAllowed(_ problem: ChartProblem, _ version: Helm.Version) async throws {
        let refusal = try await Helm.shared.value.refusal(problem.request(version)) ?? "nothing"
        #expect(refusal.contains("\n\(problem.words)\n") || refusal.hasSuffix("\n\(problem.words)"), "\(refusal)")
        #expect(refusal.contains("1 value is wrong"), "\(refusal)")
    }

    @Test
    func allAreSaidAtOnce() async throws {
        var request = try ChartCase.named("defaults").request()
        request.values = HelmValue("api.drain.delaySeconds", 40).merged(HelmValue("worker.drain.delaySeconds", 90))
            .merged(HelmValue("api.istio.gateways", ["istio-system/public"]))
        let refusal = try #require(try await Helm.shared.value.refusal(request))
        #expect(refusal.contains("3 values are wrong"))
        for words in ["api.drain.delaySeconds: 40", "worker.drain.delaySeconds: 90", "api.istio: hosts and gateways"] {
            #expect(refusal.contains(words), "\(refusal)")
        }
    }

    /// The same amount in other units, times at their bounds, what our own program knows beyond Kubernetes.
    @Test(
        arguments: [
            ("defaults", "api.resources.requests.memory", "0.5Gi"),
            ("defaults", "api.resources.requests.memory", "536870912"),
            ("prod", "backup.runs.backup.schedule", "59 23 31 12 6"),
            ("prod", "backup.runs.backup.schedule", "08 09 1-31/2 * *"),
            ("prod", "backup.runs.backup.schedule", "5/15 2,14 * JAN-DEC SUN,mon-Fri"),
            ("dev", "backup.runs.backup.schedule", "0 3 L * 7"),
        ]
    )
    func whatIsRightIsNoProblem(_ name: String, _ path: String, _ value: String) async throws {
        var request = try ChartCase.named(name).request()
        request.values = HelmValue(path, .text(value))
        #expect(try await Helm.shared.value.refusal(request) == nil)
    }

    /// A part that is switched off is asked nothing.
    @Test
    func whatIsOffIsNoProblem() async throws {
        var request = try ChartCase.named("defaults").request()
        request.values = HelmValue("worker", ["enabled": false, "drain": ["delaySeconds": 90]])
        #expect(try await Helm.shared.value.refusal(request) == nil)
    }
}
