// SPDX-License-Identifier: Apache-2.0
// Martlet: no secret is in the repository, and the scan that says so finds one.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Secrets in the repository", .enabled(if: DeployTool.gitleaks.isThere, "\(DeployTool.gitleaks.reason)"))
struct SecretScanTests {
    private static let hasHistory = FileManager.default.fileExists(atPath: "\(Repository.root)/.git")

    @Test(.enabled(if: hasHistory, "this is no clone of the repository"))
    func theHistoryHasNone() async throws {
        // Of whoever runs this: git trusts no folder of another user.
        let trust = [
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": Repository.root,
        ]
        let run = try await DeployTool.gitleaks.run(
            ["git", ".", "--no-banner", "--no-color", "--redact"],
            environment: trust
        )
        #expect(run.end == .code(0) && run.text.contains("no leaks found"), "\(run.text)")
    }

    /// What is let through is named by its place; everywhere else it is found, and keys of known forms are found there, too.
    @Test(arguments: [("Tests/key.swift", false), ("Services/key.swift", true), ("docs/key.md", true)])
    func aKeyIsFound(_ path: String, _ isFound: Bool) async throws {
        let folder = try RecoveryFolder()
        let name = try #require(path.split(separator: "/").last)
        let parent = "\(folder.path)/\(path.dropLast(name.count))"
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        // Put together here, so that this file holds none.
        let general = ["let api", "Key = \"q8Zr3", "Lw0vTn6Xy2Bd5Hj9Km\""].joined()
        #expect(try await leaks(general, in: folder, path) == isFound)
        let known = ["let token = \"gh", "p_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R\""].joined()
        #expect(try await leaks(known, in: folder, path))
    }

    private func leaks(_ text: String, in folder: RecoveryFolder, _ path: String) async throws -> Bool {
        try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/\(path)"))
        let config = "\(Repository.root)/.gitleaks.toml"
        let run = try await DeployTool.gitleaks.run(["dir", ".", "--no-banner", "--config", config], in: folder.path)
        return run.end == .code(1)
    }
}
