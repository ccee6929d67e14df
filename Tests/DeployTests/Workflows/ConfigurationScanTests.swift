// SPDX-License-Identifier: Apache-2.0
// Martlet: the scan of Dockerfiles, chart and infrastructure that the workflow of security makes finds nothing, and could.

import FoundationEssentials
import TestSupport
import Testing

@Suite("The scan of the configuration", .enabled(if: DeployTool.trivy.isThere, "\(DeployTool.trivy.reason)"))
struct ConfigurationScanTests {
    /// With the options of the workflow's step, in a checkout: what is built or installed is no part of that.
    @Test func thisRepositoryPasses() async throws {
        let run = try await scan(".", in: Repository.root)
        #expect(run.end == .code(0), "\(run.text)")
        #expect(!run.text.contains("Failed to parse"), "\(run.text)")
    }

    /// A waiver is for one file, and says why.
    @Test func waiversAreFewAndNeeded() async throws {
        let waivers = try YAMLTree(parsing: Repository.text(".trivyignore.yaml"))
        #expect(Array(waivers.members.keys) == ["misconfigurations"])
        for waiver in waivers["misconfigurations"].items {
            let path = try #require(waiver["paths.0"].text)
            #expect(waiver["paths"].items.count == 1 && (waiver["statement"].text ?? "").count >= 10, "\(waiver)")
            // Elsewhere the same file fails.
            let folder = try RecoveryFolder()
            try Data(Repository.text(path).utf8).write(to: URL(filePath: "\(folder.path)/Dockerfile"))
            let run = try await scan(folder.path, in: folder.path)
            #expect(run.end == .code(1) && run.text.contains(waiver["id"].text ?? "-"), "\(run.text)")
        }
    }

    private func scan(_ path: String, in folder: String) async throws -> DeployTool.Run {
        let steps = try Workflow.named("security").tree["jobs.configuration.steps"].items
        let options = try #require(steps.first { $0["with.scan-type"].text == "config" })["with"].texts
        return try await DeployTool.trivy.run(
            [
                "config", "--skip-check-update", "--skip-version-check", "--severity", options["severity"] ?? "",
                "--exit-code", options["exit-code"] ?? "", "--skip-dirs", ".build", "--skip-dirs", ".build-*",
                "--skip-dirs", ".martlet", path,
            ],
            in: folder
        )
    }
}
