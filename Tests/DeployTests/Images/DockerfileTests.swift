// SPDX-License-Identifier: Apache-2.0
// Martlet: the recipe of the images.

import FoundationEssentials
import TestSupport
import Testing

@Suite("The recipe of the images")
struct DockerfileTests {
    @Test(
        .enabled(if: DeployTool.hadolint.isThere, "\(DeployTool.hadolint.reason)"),
        arguments: ["Dockerfile", ".devcontainer/Dockerfile", "infra/dev/standins/Dockerfile"]
    )
    func hadolintMindsNothing(_ path: String) async throws {
        let run = try await DeployTool.hadolint.run(["--failure-threshold", "info", path])
        #expect(run.end == .code(0) && run.text.isEmpty, "\(run.text)")
    }

    @Test(.enabled(if: DeployTool.shellcheck.isThere, "\(DeployTool.shellcheck.reason)"))
    func shellcheckMindsNothing() async throws {
        let script = try await DeployTool.shellcheck.run([
            "infra/images/file-system.sh", "infra/compose/cluster.sh", "infra/compose/roles.sh",
        ])
        #expect(script.end == .code(0), "\(script.text)")
        let plain = try await DeployTool.shellcheck.run([
            "-s", "sh", "infra/compose/secrets.sh", "infra/compose/restore.sh",
        ])
        #expect(plain.end == .code(0), "\(plain.text)")
    }

    @Test func everythingThatIsCopiedIsLetThrough() throws {
        let recipe = try Repository.text("Dockerfile")
        let ignored = try Repository.text(".dockerignore").split(separator: "\n").map(String.init)
        let copied = recipe.split(separator: "\n").filter { $0.hasPrefix("COPY ") && !$0.contains("--from") }
            .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
        #expect(copied.count == 9, "\(copied)")
        for path in copied {
            #expect(FileManager.default.fileExists(atPath: "\(Repository.root)/\(path)"), "\(path)")
            let parents = path.split(separator: "/")
            let isLetThrough = (1...parents.count).contains { count in
                ignored.contains("!\(parents.prefix(count).joined(separator: "/"))")
            }
            #expect(isLetThrough, "\(path)")
        }
        // What the manifest names must be there, or nothing builds.
        let manifest = try Repository.text("Package.swift")
        for folder in ["Shared/", "Services/", "Tests/", "Benchmarks/", "docs/examples/"] {
            #expect(manifest.contains("\"\(folder)") && copied.contains(String(folder.dropLast())), "\(folder)")
        }
    }

    @Test func theUserHasNoRights() throws {
        let recipe = try Repository.text("Dockerfile")
        #expect(recipe.contains("\nUSER 65532:65532\n"))
        #expect(recipe.contains("CMD [\"/usr/local/bin/martlet\", \"health\"]"))
        #expect(recipe.contains("\nENTRYPOINT [\"/usr/local/bin/martlet\"]\n"))
        for service in ["api", "worker", "health", "backup"] {
            #expect(recipe.contains("\nFROM scratch AS image-\(service)\n"), "\(service)")
            #expect(recipe.contains(" AS files-\(service)\n"), "\(service)")
        }
    }
}
