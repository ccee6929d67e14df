// SPDX-License-Identifier: Apache-2.0
// Martlet: drills that can not begin, servers that do not start, and settings that can do no harm.

import Glibc
import Jobs
import Logging
import ObjectStore
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

extension DrillTests {
    @Test(
        "Too little room, an account that is not there, and programs that are not there are errors before anything is fetched"
    )
    func refusals() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            var small = scene.drill(entry.system)
            small.freeBytes = { _ in 5 << 20 }
            let full = await recoveryFailure { try await small.run(entry) }
            #expect(full?.code == .disk)
            #expect(full?.message.contains("only 5 MiB are free") == true)
            if geteuid() == 0 {
                let nobody = await recoveryFailure {
                    try await scene.drill(entry.system) { $0.user = "nobody-of-this-name" }.run(entry)
                }
                #expect(nobody?.code == .request)
                let root = await recoveryFailure { try await scene.drill(entry.system) { $0.user = "root" }.run(entry) }
                #expect(root?.code == .request)
            }
            var elsewhere = scene.settings
            elsewhere.programs = "/nowhere"
            let drill = Drill(of: entry.system, in: scene.scene.store, keys: scene.scene.keys, settings: elsewhere)
            let absent = await recoveryFailure { try await drill.run(entry) }
            #expect(absent?.code == .program)
            #expect(absent?.message.contains("/nowhere/postgres") == true)
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("A server that does not start says why: a library that is not here, a limit that is too short")
    func doesNotStart() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            let report = try await scene.drill(entry.system) { $0.libraries = ["no_such_library"] }.run(entry)
            #expect(report.findings.map(\.name) == ["program"])
            #expect(report.findings.first?.message.contains("no_such_library") == true, "\(report.findings)")
            let slow = try await scene.drill(entry.system) { $0.limits[.replay] = .milliseconds(1) }.run(entry)
            #expect(slow.findings.map(\.name) == ["deadline"])
            // Said by the phase or by the wait for the server, whichever notices first.
            #expect(slow.findings.first?.message.contains("0.001 seconds") == true, "\(slow.findings)")
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("What the restored cluster would reach, run or load by its own settings, it doesn't")
    func harmless() async throws {
        try await DrillScene.with { scene in
            let mark = "\(scene.queue)/mark"
            let touch = "touch \(mark)-"
            try RecoveryFolder.write(
                Array("archive_cleanup_command = '\(touch)cleanup'\nprimary_conninfo = 'host=127.0.0.1 port=1'\n".utf8),
                to: "\(scene.server.data)/more.conf"
            )
            let conf = try RecoveryFolder.bytes(of: "\(scene.server.data)/postgresql.conf")
            try RecoveryFolder.write(
                conf + Array("include 'more.conf'\n".utf8),
                to: "\(scene.server.data)/postgresql.conf"
            )
            for sql in [
                "ALTER SYSTEM SET recovery_end_command = '\(touch)end'", "ALTER SYSTEM SET listen_addresses = '*'",
                "ALTER SYSTEM SET shared_preload_libraries = 'no_such_library'",
                "ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'",
                "ALTER SYSTEM SET archive_command = '\(touch)archive'",
                "ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
                "ALTER DATABASE martlet SET session_preload_libraries = 'no_such_library'",
                "ALTER DATABASE martlet SET default_transaction_read_only = on",
                "ALTER ROLE postgres SET statement_timeout = 1",
            ] { try await scene.server.rows(sql) }
            let entry = try await backUpAsAnother(scene)
            try await scene.push(entry.system)
            let settings = Mutex<[String: String]>([:])
            var drill = scene.drill(entry.system)
            drill.afterRecovery = { server throws(RecoveryError) in
                try await server.withSession(DrillScene.database, statementLimit: .seconds(10)) {
                    session throws(RecoveryError) in
                    do throws(PostgresError) {
                        let result = try await session.simpleQuery(
                            "SELECT name, setting FROM pg_settings; SELECT pg_switch_wal()"
                        )
                        let rows = result[0]
                        for row in 0..<rows.rowCount {
                            let (name, value) = (try rows.string(row, 0), try rows.optionalString(row, 1) ?? "")
                            settings.withLock { $0[name] = value }
                        }
                    } catch {
                        throw RecoveryError(error)
                    }
                }
            }
            let report = try await drill.run(entry)
            #expect(report.findings == [], "\(report.findings)")
            let values = settings.withLock { $0 }
            for name in [
                "recovery_end_command", "listen_addresses", "shared_preload_libraries", "primary_conninfo",
                "archive_command",
                "synchronous_standby_names", "session_preload_libraries", "archive_cleanup_command",
                "primary_slot_name",
            ] { #expect(values[name] == "" || values[name] == "(disabled)", "\(name) is \(values[name] ?? "unknown")") }
            #expect(values["archive_mode"] == "off")
            #expect(values["max_logical_replication_workers"] == "0")
            #expect(values["restore_command"]?.contains(scene.place) == true)
            #expect(!RecoveryFolder.names(in: scene.queue).contains { $0.hasPrefix("mark") })
            if geteuid() == 0 { #expect(report.notes.allSatisfy { !$0.contains("network") }) }
        }
    }

    /// Roles and databases were given settings that would hinder an ordinary session.
    func backUpAsAnother(_ scene: DrillScene) async throws -> CatalogueEntry {
        let (entry, _) = try await scene.scene.backUp(scene.server) { $0.secondLook = nil }
        return entry
    }
}
