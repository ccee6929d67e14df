// SPDX-License-Identifier: Apache-2.0
// Martlet: a server with a ledger, a backup of it with a witness, its log in the store, and drills.

import Glibc
import Jobs
import ObjectStore
import Platform
import Postgres
import TestSupport

@testable import Recovery

/// What a drill's test has.
struct DrillScene: Sendable {
    static let programs = "/usr/lib/postgresql/15/bin"
    static let database = "martlet"

    let scene: RecoveryScene
    let server: RecoveryServer
    let queue: String
    /// Where drills make their folders.
    let place: String

    /// Lends a server with a filled ledger.
    static func with(_ body: (DrillScene) async throws -> Void) async throws {
        try await RecoveryScene.with { scene in
            try await scene.withArchivingServer { server, queue in
                let place = try scene.folder.make("drills")
                let drill = DrillScene(scene: scene, server: server, queue: queue, place: place)
                try await server.rows("CREATE DATABASE \(database)")
                try await drill.withLedger { sample in try await sample.fill() }
                try await body(drill)
            }
        }
    }

    /// How to connect to the ledger.
    var configuration: PostgresConfiguration {
        get throws {
            var configuration = try PostgresConfiguration(
                url: "postgres://postgres@127.0.0.1:\(server.port)/\(Self.database)"
            )
            configuration.connectTimeout = .seconds(10)
            configuration.statementTimeout = .seconds(120)
            return configuration
        }
    }

    @discardableResult
    func withLedger<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerSample) async throws -> Value
    ) async throws -> Value {
        try await LedgerSample.with(try configuration, on: server.loop, body)
    }

    /// Takes a backup with its witness, and stores the log up to now.
    func backUp() async throws -> CatalogueEntry {
        let system = try await scene.system(server)
        let writer = try await BackupWriter.begin(
            BackupID(began: .now(), method: .physical),
            of: system,
            in: scene.store,
            keys: scene.keys,
            options: scene.options,
            pace: BytePace(),
            progress: BackupProgress()
        )
        let looker = try await PostgresSession.connect(try configuration, on: server.loop)
        let witness = try await Witness.take(looker)
        await looker.close()
        let session = try await scene.session(server)
        let outcome = try await PhysicalBackup(BaseBackupOptions(label: "drill")).run(session, of: system, into: writer)
        await session.close()
        try await witness.write(into: writer)
        return try await writer.finish(outcome.facts)
    }

    /// Waits until all of the log is archived, and stores it.
    func push(_ system: SystemID, except isLeftOut: (String) -> Bool = { _ in false }) async throws {
        let name = try await server.value("SELECT pg_walfile_name(pg_switch_wal())")
        try await eventually("\(name) is archived") {
            try await server.value("SELECT coalesce(last_archived_wal, '') >= '\(name)' FROM pg_stat_archiver") == "t"
        }
        let archive = scene.archive(system)
        for name in RecoveryFolder.names(in: queue).sorted() where WALFileName(name) != nil && !isLeftOut(name) {
            try await archive.push("\(queue)/\(name)")
        }
    }

    var settings: DrillSettings {
        var settings = DrillSettings(programs: Self.programs)
        settings.folder = place
        settings.database = Self.database
        settings.spareBytes = 1 << 20
        settings.sharedBuffers = "16MB"
        return settings
    }

    func drill(_ system: SystemID, _ adjust: (inout DrillSettings) -> Void = { _ in }) -> Drill {
        var settings = settings
        adjust(&settings)
        return Drill(of: system, in: scene.store, keys: scene.keys, settings: settings)
    }

    /// Whether drills left nothing behind: no folder, no process.
    func expectNothingLeft() -> String? {
        let names = RecoveryFolder.names(in: place)
        guard names.isEmpty else { return "\(names) is left" }
        let processes = Stragglers.processes(below: place)
        return processes.isEmpty ? nil : "\(processes) still run"
    }
}
