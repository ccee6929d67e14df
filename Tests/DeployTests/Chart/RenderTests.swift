// SPDX-License-Identifier: Apache-2.0
// Martlet: that Helm 3 and 4 take the chart, and make the same of it.

import FoundationEssentials
import TestSupport
import Testing

@Suite("The chart in Helm 3 and 4", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct RenderTests {
    @Test(arguments: ChartCase.all)
    func bothMakeTheSame(_ one: ChartCase) async throws {
        let three = try await one.rendering.text
        let four = try await Helm.shared.value.call("helm_template", one.request(.four))
        let difference = zip(three.split(separator: "\n"), four.split(separator: "\n")).first { $0 != $1 }
        #expect(difference == nil)
        #expect(three.utf8.count == four.utf8.count)
    }

    /// Parts have neither values nor a library of their own, so Helm's linter sees them as what they are: rendered with the whole.
    @Test(arguments: ChartCase.all, Helm.Version.allCases)
    func theStrictLinterFindsNothing(_ one: ChartCase, _ version: Helm.Version) async throws {
        struct Report: Decodable {
            struct Message: Decodable { let severity, path, message: String }
            let passed: Bool
            let messages: [Message]
        }
        var request = one.request(version)
        // It is no request of a release.
        request.chart = nil
        request.releaseName = nil
        request.paths = [ChartCase.chart]
        request.strict = true
        let text = try await Helm.shared.value.call("helm_lint", request)
        let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
        #expect(report.passed)
        #expect(report.messages.filter { $0.severity != "INFO" }.map(\.message) == [])
    }

    @Test
    func allCasesAreUsed() throws {
        let files = try Repository.files(in: ChartCase.folder, ending: ".yaml").map { "\(Repository.root)/\($0)" }
        #expect(files.count > 15)
        #expect(Set(files).subtracting(ChartCase.all.compactMap { $0.file }) == [])
    }

    @Test(arguments: Helm.Version.allCases)
    func anOldKubernetesIsRefused(_ version: Helm.Version) async throws {
        var request = try ChartCase.named("defaults").request(version)
        request.kubeVersion = "1.28.9"
        #expect(try await Helm.shared.value.refusal(request)?.contains(">=1.29") == true)
        request.kubeVersion = "1.29.0-eks-1234567"
        #expect(try await Helm.shared.value.refusal(request) == nil)
    }

    @Test(arguments: ChartCase.all)
    func everythingIsInTheReleasesNamespace(_ one: ChartCase) async throws {
        for object in try await one.rendering.objects where !object.name.hasSuffix("-of-mine") {
            #expect(object.namespace == "martlet", "\(object)")
        }
    }
}
