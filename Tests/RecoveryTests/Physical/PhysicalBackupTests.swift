// SPDX-License-Identifier: Apache-2.0
// Martlet: backups of a real server, restored and started.

import Glibc
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "Physical backups",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: RecoveryServer.obstacle == nil, "no private server: \(RecoveryServer.obstacle ?? "")")
)
struct PhysicalBackupTests {
    @Test("A backup under load restores to a server with every row that was committed before its end")
    func underLoad() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withArchivingServer { server, queue in
                try await server.rows(
                    """
                    CREATE TABLE item (id int8 PRIMARY KEY, text text);
                    INSERT INTO item SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 20000) n;
                    """
                )
                let (entry, outcome) = try await underLoad(server) { try await scene.backUp(server) }
                // What was under way when its client went may still commit.
                try await eventually("the writers' sessions have ended") {
                    try await server.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT%'") == "0"
                }
                let after = try await server.value("SELECT count(*) FROM item")
                let position = try #require(LSN(try await server.value("SELECT pg_current_wal_flush_lsn()")))
                try await archived(server)
                try await scene.push(from: queue, entry.system)
                #expect(outcome.damagedCount == 0)
                #expect(try #require(outcome.pages) > 2_000)
                #expect(outcome.files > 900)

                let (coverage, histories) = try await scene.archive(entry.system).coverage(segmentSize: 1 << 20)
                #expect(histories.isEmpty)
                let line = TimelineHistory(timeline: 1)
                let start = try #require(entry.facts.startLSN)
                #expect(try #require(coverage.reach(from: start, along: line)) >= position)
                #expect(coverage.missing(from: start, along: line) == [])
                let reach = try #require(BackupReach(of: entry.facts, in: coverage, histories: histories))
                #expect(reach.isRestorable && reach.timeline == 1 && reach.missing.isEmpty)

                let restored = try await scene.restore(entry)
                // PostgreSQL's own program says the same of the folder.
                let manifest = "\(scene.folder.path)/backup_manifest"
                try RecoveryFolder.write(try await scene.manifest(entry), to: manifest)
                try await restored.run("pg_verifybackup", ["--no-parse-wal", "-m", manifest, restored.data])
                try await restored.lend { restored in
                    try await restored.promoted()
                    #expect(try await restored.value("SELECT count(*) FROM item") == after)
                    let sum = "SELECT sum(hashtext(text)) FROM item"
                    #expect(try await restored.value(sum) == server.value(sum))
                    // Every page of the restored cluster is right.
                    try await restored.stop()
                    try await restored.run("pg_checksums", ["--check", "-D", restored.data])
                }
            }
        }
    }

    @Test("Recovery ends at a time, a position, a name or a transaction, and goes on from there on a new timeline")
    func pointsInTime() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withArchivingServer { server, queue in
                try await server.rows("CREATE TABLE mark (name text)")
                let (entry, _) = try await scene.backUp(server)
                func mark(_ name: String) async throws -> String {
                    try await server.value("INSERT INTO mark VALUES ('\(name)') RETURNING pg_current_xact_id()")
                }
                _ = try await mark("first")
                let time = try Timestamp(
                    parsing: try await server.value(
                        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                    )
                )
                _ = try await mark("second")
                let position = try #require(LSN(try await server.value("SELECT pg_current_wal_insert_lsn()")))
                _ = try await mark("third")
                try await server.rows("SELECT pg_create_restore_point('here''s')")
                let transaction = try #require(UInt64(try await mark("fourth")))
                _ = try await mark("fifth")
                try await archived(server)
                try await scene.push(from: queue, entry.system)

                let wanted: [(RecoveryTarget, String)] = [
                    (.immediate, ""), (.time(time), "first"), (.position(position), "first second"),
                    (.name("here's"), "first second third"), (.transaction(transaction), "first second third fourth"),
                    (.latest, "first second third fourth fifth"),
                ]
                for (target, marks) in wanted {
                    let restored = try await scene.restore(entry, target: target)
                    try await restored.lend { restored in
                        try await restored.promoted()
                        let found = try await restored.value("SELECT coalesce(string_agg(name, ' '), '') FROM mark")
                        #expect(found == marks, "\(target)")
                        #expect(
                            try await restored.value("SELECT timeline_id FROM pg_control_checkpoint()") == "2"
                                || target == .latest
                        )
                    }
                }
            }
        }
    }

    @Test("A backup of a restored server on its new timeline restores too")
    func timelines() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withArchivingServer { server, queue in
                try await server.rows("CREATE TABLE mark (name text); INSERT INTO mark VALUES ('base')")
                let (entry, _) = try await scene.backUp(server)
                try await server.rows("SELECT pg_create_restore_point('fork')")
                try await server.rows("INSERT INTO mark VALUES ('lost')")
                try await archived(server)
                try await scene.push(from: queue, entry.system)

                let second = try await scene.restore(entry, target: .name("fork"))
                try await second.lend { second in
                    try await second.promoted()
                    let system = entry.system
                    let again = try await scene.withReceiver(second, system) { receiver in
                        // Without a slot the backup's checkpoint would have the server remove the fork's segment.
                        try await eventually("the log streams") { receiver.status.isStreaming }
                        try await second.rows("INSERT INTO mark VALUES ('second')")
                        let (again, outcome) = try await scene.backUp(second)
                        #expect(outcome.facts.timeline == 2)
                        try await second.rows("INSERT INTO mark VALUES ('third')")
                        let end = try #require(LSN(try await second.value("SELECT pg_current_wal_flush_lsn()")))
                        try await eventually("the receiver stores \(end)") { receiver.status.stored >= end }
                        return again
                    }
                    // The old backup follows the new line, too.
                    for backup in [again, entry] {
                        let restored = try await scene.restore(backup)
                        try await restored.lend { restored in
                            try await restored.promoted()
                            let found = try await restored.value("SELECT string_agg(name, ' ') FROM mark")
                            #expect(found == "base second third", "\(backup.id)")
                        }
                    }
                }
            }
        }
    }

    @Test("Tablespaces move to other folders")
    func tablespaces() async throws {
        try await RecoveryScene.with { scene in
            let place = try scene.folder.make("a space")
            try await scene.withServer { server in
                try await server.rows("CREATE TABLESPACE far LOCATION '\(place)'")
                try await server.rows(
                    """
                    CREATE TABLE item (id int8, text text) TABLESPACE far;
                    INSERT INTO item SELECT n, repeat('x', 500) FROM generate_series(1, 5000) n
                    """
                )
                let system = try await scene.system(server)
                try await scene.withReceiver(server, system) { receiver in
                    let (entry, _) = try await scene.backUp(server)
                    #expect(entry.archives.count == 3)
                    let end = try #require(LSN(try await server.value("SELECT pg_current_wal_flush_lsn()")))
                    try await eventually("the receiver stores \(end)") { receiver.status.stored >= end }

                    // Beside the living server its own folder is refused, and so is a mapping of nothing.
                    let same = await recoveryFailure { try await scene.restore(entry) }
                    #expect(same?.code == .notEmpty)
                    #expect(same?.message.contains(place) == true)
                    let unknown = await recoveryFailure {
                        try await scene.restore(entry, tablespaces: ["/nowhere": "/tmp"])
                    }
                    #expect(unknown?.code == .request)

                    let other = try scene.folder.make("other")
                    let restored = try await scene.restore(entry, tablespaces: [place: other])
                    try await restored.lend { restored in
                        #expect(try await restored.value("SELECT count(*) FROM item") == "5000")
                        let location = try await restored.value(
                            "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'far'"
                        )
                        #expect(location == other)
                    }
                }
            }
        }
    }

    @Test("Damaged pages are named, and fail the backup unless asked otherwise")
    func damagedPages() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                try await server.rows(
                    """
                    CREATE TABLE item (id int8, text text);
                    INSERT INTO item SELECT n, repeat('x', 500) FROM generate_series(1, 5000) n
                    """
                )
                let path = try await server.value("SELECT pg_relation_filepath('item')")
                try await server.rows("CHECKPOINT")
                try await server.stop()
                var bytes = try RecoveryFolder.bytes(of: "\(server.data)/\(path)")
                for page in [3, 17] { bytes[page * 8_192 + 4_000] ^= 0x40 }
                try RecoveryFolder.write(bytes, to: "\(server.data)/\(path)")
                try await server.start()
                let wanted = [DamagedPage(file: path, page: 3), DamagedPage(file: path, page: 17)]

                let error = await recoveryFailure { try await scene.backUp(server) }
                #expect(error?.code == .damaged)
                #expect(error?.message.contains("\(path) page 3, \(path) page 17") == true)
                let (_, outcome) = try await scene.backUp(server) { $0.damage = .record }
                #expect(outcome.damaged == wanted)
                #expect(outcome.damagedCount == 2)
            }
        }
    }

    @Test("A backup that is taken up again stores only what has changed")
    func resumed() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                try await server.rows(
                    "CREATE TABLE item AS SELECT n, md5(n::text) || md5((n + 1)::text) AS text FROM generate_series(1, 200000) n"
                )
                try await server.rows("VACUUM FREEZE item")
                try await server.rows("CHECKPOINT")
                let system = try await scene.system(server)
                let id = BackupID(began: .now(), method: .physical)
                var options = scene.options
                options.volumeSize = .mebibytes(2)
                let first = try await BackupWriter.begin(
                    id,
                    of: system,
                    in: scene.store,
                    keys: scene.keys,
                    options: options,
                    pace: BytePace(),
                    progress: BackupProgress()
                )
                // All comes, and the run ends before the entry is written.
                let backup = PhysicalBackup(BaseBackupOptions(label: "first"))
                let session = try await scene.session(server)
                _ = try await backup.run(session, of: system, into: first)
                await first.abandon()
                try await server.rows("CREATE TABLE other AS SELECT 1 AS one")

                let progress = BackupProgress()
                let second = try await BackupWriter.resume(
                    id,
                    of: system,
                    in: scene.store,
                    keys: scene.keys,
                    options: options,
                    pace: BytePace(),
                    progress: progress
                )
                let outcome = try await backup.run(session, of: system, into: second, progress: progress)
                await session.close()
                let entry = try await second.finish(outcome.facts)
                let figures = progress.figures
                // The table of 20 MB begins chunks of its own, so what comes before it may change.
                #expect(figures.bytesRecognised > 15 << 20, "\(figures)")
                let restored = try scene.folder.make("resumed")
                let reader = try await BackupReader.open(entry, in: scene.store, keys: scene.keys, pace: BytePace())
                let restore = PhysicalRestore(into: restored, settings: nil)
                _ = try await restore.run(from: reader)
                #expect(try await restore.verify(against: reader) == [])
            }
        }
    }
}
