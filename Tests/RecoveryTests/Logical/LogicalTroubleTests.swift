// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of logical backups and restores that are disturbed.
import Foundation
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

@Suite("Disturbed logical backups", .enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct LogicalTroubleTests {
    private static let rows = """
        CREATE TABLE a (id int PRIMARY KEY, body text);
        INSERT INTO a SELECT i, md5(i::text) FROM generate_series(1, 60000) i;
        CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
        INSERT INTO b SELECT id FROM a;
        """

    private func hasEntry(_ scene: LogicalScene) -> Bool { scene.store.names.contains { $0.hasSuffix("/entry") } }

    /// A backup that has begun to copy rows and waits for `go`.
    private func held(
        _ scene: LogicalScene,
        _ options: LogicalOptions = LogicalScene.options,
        _ body: (_ go: () -> Void) async throws -> Void
    ) async throws -> CatalogueEntry {
        let (pace, progress) = (BytePace(bytesPerSecond: 200_000), BackupProgress())
        let task = Task { try await scene.backup(options, pace: pace, progress: progress) }
        do {
            try await eventually("rows are copied") { progress.figures.bytesRead > 400_000 }
            try await body { pace.bytesPerSecond = nil }
        } catch {
            task.cancel()
            throw error
        }
        return try await task.value
    }

    @Test func writersGoOnAndTheBackupIsOneMoment() async throws {
        try await TestDatabase.with("moment") { database in
            try await LogicalScene.run(
                """
                CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, note text);
                CREATE TABLE transfer (id bigserial, source int, target int, amount int);
                INSERT INTO account SELECT i, 1000, repeat('x', 300) FROM generate_series(1, 6000) i;
                """,
                in: database
            )
            let scene = LogicalScene(database)
            let isOver = Mutex(false)
            let moves = Task {
                var count = 0
                while !isOver.withLock({ $0 }) {
                    let (from, to) = (Int.random(in: 1...6_000), Int.random(in: 1...6_000))
                    try await LogicalScene.run(
                        """
                        BEGIN; UPDATE account SET balance = balance - 5 WHERE id = \(from);
                        UPDATE account SET balance = balance + 5 WHERE id = \(to);
                        INSERT INTO transfer (source, target, amount) VALUES (\(from), \(to), 5); COMMIT;
                        """,
                        in: database
                    )
                    count += 1
                }
                return count
            }
            let entry = try await held(scene) { (go) async throws in
                let before = try await LogicalScene.text("SELECT coalesce(max(id), 0) FROM transfer", in: database)
                try await eventually("writers go on") {
                    try await LogicalScene.text("SELECT coalesce(max(id), 0) FROM transfer", in: database) != before
                }
                go()
            }
            isOver.withLock { $0 = true }
            let count = try await moves.value
            #expect(count > 2)
            try await scene.restored(entry) { (target, _) async throws in
                #expect(try await LogicalScene.text("SELECT sum(balance) FROM account", in: target) == "6000000")
                let sides = """
                    SELECT count(*) FROM account a WHERE balance <> 1000
                        + 5 * (SELECT count(*) FROM transfer WHERE target = a.id) - 5 * (SELECT count(*) FROM transfer WHERE source = a.id)
                    """
                #expect(try await LogicalScene.text(sides, in: target) == "0")
                // A number that a writer got is never given twice.
                let next = "SELECT nextval('transfer_id_seq') > (SELECT coalesce(max(id), 0) FROM transfer)"
                #expect(try await LogicalScene.text(next, in: target) == "t")
            }
        }
    }

    @Test func whoAltersATableWaitsAndNobodyElse() async throws {
        try await TestDatabase.with("alter") { database in
            try await LogicalScene.run(
                Self.rows + "CREATE TABLE p (i int) PARTITION BY RANGE (i); CREATE TABLE q (i int NOT NULL)",
                in: database
            )
            let scene = LogicalScene(database)
            let entry = try await held(scene) { (go) async throws in
                let alter = Task {
                    try await LogicalScene.run("ALTER TABLE b ADD COLUMN c int; DROP TABLE a CASCADE", in: database)
                }
                try await database.untilSomebodyWaits()
                // A new table comes into being and becomes a partition, as the ledger's do.
                try await LogicalScene.run(
                    "CREATE TABLE q2 (LIKE q); ALTER TABLE p ATTACH PARTITION q2 FOR VALUES FROM (0) TO (10); INSERT INTO p VALUES (5)",
                    in: database
                )
                let columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'b'::regclass AND attnum > 0"
                #expect(try await LogicalScene.text(columns, in: database) == "1")
                go()
                _ = try await alter.value
            }
            try await scene.restored(entry) { (target, report) async throws in
                #expect(report.rows == 120_000)
                let columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'b'::regclass AND attnum > 0"
                #expect(try await LogicalScene.text(columns, in: target) == "1")
            }
        }
    }

    @Test func aLockedTableIsWaitedForAndThenNamed() async throws {
        try await TestDatabase.with("locked") { database in
            try await LogicalScene.run(Self.rows, in: database)
            let scene = LogicalScene(database)
            let loop = EventLoop(name: "locker")
            defer { loop.shutdown() }
            let locker = try await PostgresSession.connect(try database.configuration, on: loop)
            try await locker.simpleQuery("BEGIN; LOCK TABLE b IN ACCESS EXCLUSIVE MODE")
            var options = LogicalScene.options
            options.lockTimeout = .milliseconds(200)
            options.attempts = 2
            let error = await #expect(throws: RecoveryError.self) { try await scene.backup(options) }
            #expect(error?.description.contains("lock timeout") == true, "\(String(describing: error))")
            #expect(!hasEntry(scene))
            options.attempts = 100
            let task = Task { [options] in try await scene.backup(options) }
            try await database.untilSomebodyWaits()
            try await locker.simpleQuery("COMMIT")
            _ = try await task.value
            #expect(hasEntry(scene))
            await locker.close()
        }
    }

    @Test func aSnapshotThatIsTooOldIsGivenUp() async throws {
        try await TestDatabase.with("old") { database in
            try await LogicalScene.run(Self.rows, in: database)
            let scene = LogicalScene(database)
            var options = LogicalScene.options
            options.snapshotLimits.pause = .milliseconds(20)
            options.snapshotLimits.greatestTransactions = 2_000
            let error = await #expect(throws: RecoveryError.self) {
                try await held(scene, options) { _ in
                    let spend = "DO $$ BEGIN FOR i IN 1..2500 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$"
                    try await LogicalScene.run(spend, in: database)
                }
            }
            #expect(error?.code == .deadline)
            #expect(error?.message.contains("transactions began since the snapshot, more than 2000") == true)
            #expect(!hasEntry(scene))
            try await eventually("its sessions are gone") {
                let left =
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database.name)' AND application_name LIKE 'martlet-b%'"
                return try await LogicalScene.text(left, in: database) == "0"
            }
        }
    }

    @Test func rowSecurityIsNoticed() async throws {
        let role = "limited_\(UInt32.random(in: 0 ... .max))"
        try await TestDatabase.with("security") { database in
            try await LogicalScene.run(
                """
                CREATE ROLE \(role) LOGIN; CREATE TABLE s (i int, o name); INSERT INTO s VALUES (1, 'x'), (2, '\(role)');
                ALTER TABLE s ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON s USING (o = current_user);
                GRANT SELECT ON s TO \(role);
                """,
                in: database
            )
            let scene = LogicalScene(database)
            let url = database.url.replacing("postgres://postgres@", with: "postgres://\(role)@")
            #expect(url != database.url)
            let error = await #expect(throws: RecoveryError.self) { try await scene.backup(url: url) }
            #expect(error?.description.contains("row-level security") == true, "\(String(describing: error))")
            #expect(!hasEntry(scene))
            try await LogicalScene.run("DROP TABLE s; DROP ROLE \(role)", in: database)
        }
    }

    @Test func whenSessionsOrPgDumpAreKilledNoBackupExists() async throws {
        try await TestDatabase.with("killed") { database in
            try await LogicalScene.run(Self.rows, in: database)
            let scene = LogicalScene(database)
            let error = await #expect(throws: RecoveryError.self) {
                try await held(scene) { (go) async throws in
                    try await TestDatabase.onServer(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = '\(database.name)' AND query LIKE 'COPY%'
                        """
                    )
                    go()
                }
            }
            #expect(error?.code == .database, "\(String(describing: error))")
            let real = try await PostgresPrograms().find("pg_dump", atLeast: ProgramVersion(major: 15))
            let folder = real.path.split(separator: "/").dropLast().joined(separator: "/")
            let script = try ProgramScript(
                "case $1 in --version) exec \(real.path) --version;; esac; \(real.path) \"$@\" | head -c 2000; kill -9 $$",
                name: "pg_dump"
            )
            try FileManager.default.createSymbolicLink(
                atPath: script.file("pg_dumpall"),
                withDestinationPath: "/\(folder)/pg_dumpall"
            )
            var options = LogicalScene.options
            options.programs = PostgresPrograms(folder: script.place)
            let killed = await #expect(throws: RecoveryError.self) { try await scene.backup(options) }
            #expect(
                killed?.message.hasPrefix("pg_dump was killed by signal 9") == true,
                "\(String(describing: killed))"
            )
            #expect(!hasEntry(scene))
        }
    }

    @Test func aCutRestoreIsSeenAndBegunAfresh() async throws {
        try await TestDatabase.with("cut") { database in
            try await LogicalScene.run(Self.rows + "SELECT lo_from_bytea(0, 'abc')", in: database)
            let scene = LogicalScene(database)
            let entry = try await scene.backup()
            let before = try await LogicalScene.dump(database)
            let made = database.sibling(named: "restored")
            let empty = try await TestDatabase.create(named: "target")
            for target in [made, empty] {
                // Slow enough to be cut while rows are restored.
                let task = Task {
                    try await scene.restore(entry, into: target, pace: BytePace(bytesPerSecond: 200_000)) { _ in }
                }
                try await eventually("rows are restored") {
                    let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = '\(target.name)' AND query LIKE 'COPY%'"
                    return try await TestDatabase.onServer(sql).first?.rowCount ?? 0 > 0
                }
                task.cancel()
                let error = await #expect(throws: RecoveryError.self) { _ = try await task.value }
                #expect(error?.code == .cancelled, "\(String(describing: error))")
                let refused = await #expect(throws: RecoveryError.self) { try await scene.restore(entry, into: target) }
                #expect(refused?.code == .notEmpty)
                #expect(refused?.message.contains("\(entry.id)") == true)
            }
            // Something of somebody else stands in a database that was there before: named, and left alone.
            try await LogicalScene.run("CREATE TABLE public.foreign_one (i int)", in: empty)
            let refused = await #expect(throws: RecoveryError.self) {
                try await scene.restore(entry, into: empty) { $0.isFresh = true }
            }
            #expect(refused?.message.contains("relation public.foreign_one") == true, "\(String(describing: refused))")
            #expect(try await LogicalScene.text("SELECT count(*) FROM public.foreign_one", in: empty) == "0")
            try await LogicalScene.run("DROP TABLE public.foreign_one", in: empty)
            for target in [made, empty] {
                try await scene.restore(entry, into: target) { $0.isFresh = true }
                #expect(LogicalScene.differences(before, try await LogicalScene.dump(target)) == [])
                try await target.drop()
            }
        }
    }

    @Test func aFullDiskIsCalledOne() {
        #expect(RecoveryError(PostgresError(.server(sqlState: "53100"), "could not extend file")).code == .disk)
        let own = RecoveryError(.damaged, "a chunk")
        #expect(RecoveryError(PostgresError(.closed, "left", cause: own)).message == "a chunk")
    }
}
