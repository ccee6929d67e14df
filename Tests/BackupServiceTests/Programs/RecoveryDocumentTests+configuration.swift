// SPDX-License-Identifier: Apache-2.0
// Martlet: the runbook of a lost configuration runs as it stands.

import TestSupport
import Testing

extension RecoveryDocumentTests {
    @Test(.timeLimit(.minutes(5)), .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"))
    func theRunbookOfALostConfigurationRunsAsItStands() async throws {
        try await ExportScene.with { export in
            let scene = export.scene
            #expect(try await export.run("export", on: "configured").end == .code(0))
            try await export.value(
                "DELETE FROM health_subscriber WHERE id > 10; DELETE FROM health_maintenance",
                in: "configured"
            )
            try scene.write(
                "set -e\ncd \(scene.path)\n"
                    + scene.settings.merging(export.settings("configured")) { $1 }.map { "export \($0)='\($1)'\n" }
                    .joined()
                    + "export PATH=\(scene.program.split(separator: "/").dropLast().map { "/\($0)" }.joined()):$PATH\n"
                    + (try Self.commands(below: "A lost configuration")),
                to: "\(scene.path)/runbook.sh"
            )
            _ = try await scene.succeed(["/bin/sh", "\(scene.path)/runbook.sh"])
            #expect(try await export.counts(in: "configured") == "2 1 50")
        }
    }
}
