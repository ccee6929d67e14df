// SPDX-License-Identifier: Apache-2.0
// Martlet: compose.yaml as Compose itself understands it.

import TestSupport

/// The file with all anchors, merges and variables resolved.
struct ComposeFile: Sendable {
    /// Those that are built from this repository.
    static let own: [String: String] = [
        "migrate": "martlet-api", "api": "martlet-api", "worker": "martlet-worker", "health": "martlet-health",
        "backup": "martlet-backup", "restore": "martlet-backup",
    ]

    let tree: YAMLTree
    var services: [String: YAMLTree] { tree["services"].members }

    /// Read by Compose, with every profile; `environment` is what a user has exported, `folder` where a checkout would be.
    init(environment: [String: String] = [:], folder: String = Repository.root) async throws {
        let place = ["-f", "compose.yaml", "--project-directory", folder]
        let arguments = place + ["--profile", "*", "config", "--format", "json"]
        let run = try await DeployTool.compose.run(arguments, environment: environment)
        guard run.end == .code(0) else { throw ClusterFailure("Compose refuses the file: \(run.text)") }
        tree = try YAMLTree(parsing: run.text)
        guard services.count > 10 else { throw ClusterFailure("Compose sees \(services.count) services") }
    }
}
