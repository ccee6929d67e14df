// SPDX-License-Identifier: Apache-2.0
// Martlet: drills of clusters with tablespaces, of log in pieces, and folders that are left for a look.

import Glibc
import ObjectStore
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

extension DrillTests {
    @Test("A tablespace is restored elsewhere, and the primary's own folder is not touched")
    func tablespace() async throws {
        try await DrillScene.with { scene in
            let far = try scene.scene.folder.make("a space")
            try await scene.server.rows("CREATE TABLESPACE far LOCATION '\(far)'")
            try await scene.server.rows(
                """
                CREATE TABLE item (id int8, text text) TABLESPACE far;
                INSERT INTO item SELECT n, repeat('x', 500) FROM generate_series(1, 3000) n
                """
            )
            let entry = try await scene.backUp()
            // What is replayed reaches the tablespace, too.
            try await scene.server.rows("INSERT INTO item SELECT n, repeat('y', 500) FROM generate_series(1, 2000) n")
            try await scene.push(entry.system)
            let place = scene.place
            let seen = Mutex<[[String]]>([])
            var drill = scene.drill(entry.system)
            drill.afterRecovery = { server throws(RecoveryError) in
                let rows = try await server.withSession("postgres", statementLimit: .seconds(60)) {
                    session throws(RecoveryError) in
                    do throws(PostgresError) {
                        return try await session.simpleQuery(
                            """
                            SELECT count(*)::text, (SELECT pg_tablespace_location(oid) FROM pg_tablespace
                                WHERE spcname = 'far') FROM public.item
                            """
                        ).last
                    } catch {
                        throw RecoveryError(error)
                    }
                }
                if let rows { seen.withLock { $0 = (try? rows.textRows()) ?? [] } }
            }
            let report = try await drill.run(entry)
            #expect(report.findings == [])
            let row = try #require(seen.withLock { $0 }.first)
            #expect(row[0] == "5000")
            #expect(row[1].hasPrefix(place))
            #expect(try await scene.server.value("SELECT count(*) FROM item") == "5000")
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("A segment that is there in pieces is replayed, as far as the receiver has stored it")
    func pieces() async throws {
        try await DrillScene.with { scene in
            let system = try await scene.scene.system(scene.server)
            try await scene.scene.withReceiver(scene.server, system, interval: .milliseconds(100)) { receiver in
                try await eventually("the log streams") { receiver.status.isStreaming }
                let entry = try await scene.backUp()
                #expect(entry.facts.segmentSize == 1 << 20)
                try await scene.withLedger { sample in try await sample.enqueue(30, priority: 6) }
                let last = try #require(LSN(try await scene.server.value("SELECT pg_current_wal_flush_lsn()")))
                try await eventually("the store has \(last)") { receiver.status.stored >= last }
                let pieces = try await scene.scene.archive(system).names("\(system)/wal/").filter {
                    $0.description.contains(".part/")
                }
                #expect(!pieces.isEmpty)
                var drill = scene.drill(system)
                drill.primary = try scene.configuration
                let report = try await drill.run(entry)
                #expect(report.findings == [])
                #expect(try #require(report.position) >= last)
                #expect(try #require(report.looks[.witness]) > 5)
                #expect(scene.expectNothingLeft() == nil)
            }
        }
    }

    @Test("Another cluster at the primary's address is not taken for the primary")
    func otherPrimary() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            let folder = try RecoveryFolder()
            let other = try await RecoveryServer.make(in: folder)
            try await other.lend { other in
                var drill = scene.drill(entry.system)
                drill.primary = try other.configuration
                let report = try await drill.run(entry)
                #expect(report.findings == [])
                #expect(report.exposure == nil)
                #expect(report.notes.contains { $0.contains("the primary can't be asked") && $0.contains("system") })
            }
        }
    }

    @Test("A folder that is kept can be opened again, and no later drill removes it")
    func kept() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            let report = try await scene.drill(entry.system) { $0.keepsFolder = true }.run(entry)
            #expect(report.findings == [])
            let folder = try #require(report.folder)
            #expect(Stragglers.processes(below: scene.place).isEmpty)
            #expect(try await scene.drill(entry.system).run(entry).folder == nil)
            #expect(RecoveryFolder.names(in: scene.place) == [String(folder.split(separator: "/").last ?? "")])
            try await scene.server.run(
                "pg_ctl",
                ["-D", "\(folder)/data", "-o", "-c config_file=\(folder)/postgresql.conf", "-w", "-s", "start"]
                    + ["-l", "\(folder)/server.log"]
            )
            #expect(!Stragglers.processes(below: scene.place).isEmpty)
            try await scene.server.run("pg_ctl", ["-D", "\(folder)/data", "-w", "-s", "-m", "fast", "stop"])
        }
    }
}
