// SPDX-License-Identifier: Apache-2.0
// Martlet: that a chart takes what people wrote for the versions before it, and that Kubernetes takes the difference.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Upgrades of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct UpgradeTests {
    /// All values of each version that was published: whoever wrote one of them has it.
    private static let folder = "Tests/DeployTests/Chart/Values"

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

    /// Kubernetes refuses other selectors and claims on objects that are there.
    @Test
    func whatCantChangeHasNotChanged() async throws {
        for path in try Self.versions() {
            var request = try ChartCase.named("dev").request()
            request.valuesFiles.insert("\(Repository.root)/\(path)", at: 0)
            let old = try await ChartRendering(request)
            let new = try await ChartCase.named("dev").rendering
            let workloads = new.all("Deployment", "StatefulSet")
            #expect(workloads.count == 6)
            for workload in workloads {
                let before = try old.one(workload.description)
                #expect(before["spec.selector"] == workload["spec.selector"], "\(workload)")
                #expect(before["spec.serviceName"] == workload["spec.serviceName"], "\(workload)")
                #expect(before["spec.volumeClaimTemplates"] == workload["spec.volumeClaimTemplates"], "\(workload)")
            }
            let claims = new.all("PersistentVolumeClaim")
            #expect(!claims.isEmpty)
            for claim in claims {
                #expect(try old.one(claim.description)["spec.accessModes"] == claim["spec.accessModes"], "\(claim)")
                // Backups outlive the release.
                #expect(claim.annotations["helm.sh/resource-policy"] == "keep")
            }
        }
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
