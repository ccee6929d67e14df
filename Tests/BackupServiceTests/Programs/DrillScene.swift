// SPDX-License-Identifier: Apache-2.0
// Martlet: what a test of the verb `drill` has.

import Glibc
import Postgres
import TestSupport

@testable import Recovery

/// A server with a ledger, a store, and the folder in which drills restore.
struct DrillScene: Sendable {
    let scene: BackupScene
    let server: RecoveryServer
    let ledger: LedgerFixture

    static func with(_ body: (DrillScene) async throws -> Void) async throws {
        try await BackupScene.with { scene, server in
            let loop = EventLoop(name: "ledger")
            defer { loop.shutdown() }
            let ledger = try await LedgerFixture(server, on: loop)
            try await ledger.add(200)
            _ = try await scene.succeed(["/bin/mkdir", "\(scene.path)/drills"])
            try await body(DrillScene(scene: scene, server: server, ledger: ledger))
        }
    }

    var place: String { "\(scene.path)/drills" }
    var database: [String: String] { ["DATABASE_URL": ledger.url] }

    /// Makes a backup; its log is in the store with it.
    func backUp(_ words: String..., with more: [String: String] = [:]) async throws -> String {
        let log = "\(scene.path)/backup-\(UInt32.random(in: 0 ... .max)).log"
        let process = try await scene.launch(["backup"] + words, database.merging(more) { $1 }, log: log)
        guard try await process.waitForEnd(within: .seconds(120)) == .code(0) else {
            throw ClusterFailure("the backup failed: \(BackupScene.text(of: log))")
        }
        return try await scene.backups().last ?? ""
    }

    /// Drills to the end.
    func drill(_ words: String..., with more: [String: String] = [:]) async throws -> BackupScene.Run {
        let log = "\(scene.path)/drill-\(UInt32.random(in: 0 ... .max)).log"
        let end = try await launch(words, more, log: log).waitForEnd(within: .seconds(120))
        return BackupScene.Run(end: end, text: BackupScene.text(of: log))
    }

    /// Begins a drill.
    func launch(_ words: [String] = [], _ more: [String: String] = [:], log: String) async throws -> ClusterProcess {
        try await scene.launch(["drill", "--to", place] + words, database.merging(more) { $1 }, log: log)
    }

    /// A drill that takes its time: its rate is that of a file, which ``hurry()`` changes.
    func launchSlowly(_ words: [String] = [], log: String) async throws -> ClusterProcess {
        try scene.write("400KiB", to: "\(scene.path)/rate")
        let process = try await launch(words, ["MARTLET_BACKUP_RATE_FILE": "\(scene.path)/rate"], log: log)
        try await eventually("the drill restores: \(BackupScene.text(of: log))") { !names.isEmpty }
        return process
    }

    func hurry() throws { try scene.write("0", to: "\(scene.path)/rate") }

    /// What lies in the folder of drills.
    var names: [String] { (try? RestoreFolder.names(in: place)) ?? [] }

    /// What a drill left behind; nil: nothing.
    var leftover: String? {
        guard names.isEmpty else { return "\(names) is left" }
        let processes = Stragglers.processes(below: place)
        return processes.isEmpty ? nil : "\(processes) still run"
    }

    /// The path of the one stored object with this name.
    func object(_ name: String) async throws -> String {
        let found = try await scene.succeed(["/usr/bin/find", "\(scene.path)/store", "-name", name])
        let paths = found.split(separator: "\n").map(String.init)
        guard paths.count == 1 else { throw ClusterFailure("\(name): \(paths)") }
        return paths[0]
    }
}
