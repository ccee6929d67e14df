// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of logical backups that are restored and compared.
import Jobs
import Logging
import Platform
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite("Logical backup and restore", .enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct LogicalRoundTripTests {
    /// Lends a database with one of everything.
    private func withNasty(_ body: (LogicalScene) async throws -> Void) async throws {
        let role = "ro le_\(UInt32.random(in: 0 ... .max))"
        try await TestDatabase.with("nasty") { database in
            try await LogicalScene.run(NastySchema.script(role: role), in: database)
            try await body(LogicalScene(database))
        }
        try await TestDatabase.onServer("DROP ROLE IF EXISTS \"\(role)\"")
    }

    @Test func aDatabaseOfHardCasesComesBackWhole() async throws {
        try await withNasty { scene in
            let before = try await LogicalScene.dump(scene.source)
            let entry = try await scene.backup()
            #expect(entry.facts.database == scene.source.name)
            #expect(entry.facts.snapshot?.contains(":") == true)
            #expect(entry.facts.startLSN != nil)
            try await scene.restored(entry) { (target, report) async throws in
                let after = try await LogicalScene.dump(target)
                // Rows of unlogged tables are not in a backup, and pg_dump has them.
                let lost = before.filter { $0 == "1" }.count - after.filter { $0 == "1" }.count
                #expect(lost == 1, "the row of the unlogged table")
                var expected = before
                let place = try #require(expected.firstIndex { $0.hasPrefix("COPY own.fleeting ") })
                expected.remove(at: place + 1)
                #expect(LogicalScene.differences(expected, after) == [])
                #expect(report.isChecked)
                #expect(report.rows > 40_000)
                let marker = "SELECT count(*) FROM pg_namespace WHERE nspname = 'martlet_restoring'"
                #expect(try await LogicalScene.text(marker, in: target) == "0")
            }
        }
    }

    @Test func partsComeToTheSameAsTheWhole() async throws {
        try await withNasty { scene in
            let parts = try await LogicalInventory.read(from: scene.reader(scene.backup()))
            var options = LogicalScene.options
            options.partSize = .gibibytes(1)
            options.sessions = 1
            let whole = try await LogicalInventory.read(from: scene.reader(scene.backup(options)))
            let split = parts.tables.filter { $0.parts.count > 1 }
            #expect(split.map(\.name).contains("public.plain"))
            #expect(split.map(\.name).contains("own.big"))
            #expect(whole.tables.allSatisfy { $0.parts.count == 1 })
            func sums(_ inventory: LogicalInventory) -> [String: String] {
                Dictionary(uniqueKeysWithValues: inventory.tables.map { ($0.name, "\($0.rows) \($0.sum)") })
            }
            #expect(sums(parts) == sums(whole))
            for table in split { #expect(table.parts.reduce(0) { $0 + $1.rows } == table.rows) }
        }
    }

    @Test func aChangedRowIsFound() async throws {
        try await withNasty { scene in
            let entry = try await scene.backup()
            let inventory = try await LogicalInventory.read(from: scene.reader(entry))
            try await scene.restored(entry) { (target, _) async throws in
                let check = LogicalCheck(try PostgresConfiguration(url: target.url))
                #expect(try await check.differences(from: inventory) == [])
                try await LogicalScene.run(
                    """
                    UPDATE public.plain SET b = b || 'x' WHERE a = 20000;
                    DELETE FROM own.big WHERE id = 10;
                    ALTER TABLE own.empty RENAME TO other;
                    """,
                    in: target
                )
                let found = try await check.differences(from: inventory)
                #expect(
                    found.map(\.description) == [
                        "own.big has 128 rows instead of 129", "own.empty is missing",
                        "public.plain has 40000 rows, but others",
                    ]
                )
            }
        }
    }

    @Test func theLedgerComesBack() async throws {
        try await TestDatabase.with("ledger") { database in
            let loop = EventLoop(name: "ledger")
            defer { loop.shutdown() }
            let logger = Logger(label: "ledger")
            let runner = MigrationRunner(
                try database.configuration,
                on: loop,
                migrations: LedgerMigrations.all,
                logger: logger
            )
            try await runner.run()
            try await LogicalScene.run(Self.jobs(3_000), in: database)
            let scene = LogicalScene(database)
            let entry = try await scene.backup()
            let before = try await LogicalScene.dump(database)
            try await scene.restored(entry) { (target, report) async throws in
                #expect(LogicalScene.differences(before, try await LogicalScene.dump(target)) == [])
                #expect(try await LogicalScene.text("SELECT count(*) FROM job", in: target) == "3000")
                // The restored ledger works: its own functions run, and its migrations are known.
                try await LogicalScene.run("SELECT ensure_partitions(9)", in: target)
                try await MigrationRunner(
                    try target.configuration,
                    on: loop,
                    migrations: LedgerMigrations.all,
                    logger: logger
                ).run()
                #expect(report.rows > 9_000)
            }
        }
    }

    /// Some jobs, a third of them done, as the ledger keeps them.
    static func jobs(_ count: Int) -> String {
        """
        INSERT INTO job (id, queue_id, priority, kind, args, tags, metadata)
            SELECT job_id_floor(now()) + i, 1, i % 10, 'http.request', format('{"n":%s,"body":"%s"}', i, md5(i::text)),
                ARRAY['a', 'b"' || i], NULL FROM generate_series(1, \(count)) i;
        INSERT INTO job_live (id, check_at, lane, queue_id, priority, state)
            SELECT id, now(), 10, 1, priority, 1 FROM job WHERE id % 3 <> 0;
        INSERT INTO job_done (id, epoch, outcome, attempt, losses, result)
            SELECT id, 1, 0, 1, 0, md5(id::text) FROM job WHERE id % 3 = 0;
        INSERT INTO job_attempt (id, epoch, attempt, outcome, error)
            SELECT id, 1, 1, 1, E'line\\nbreak' FROM job;
        INSERT INTO idempotency SELECT id::text, '\\x00ff', ARRAY[id], now() FROM job WHERE id % 5 = 0;
        """
    }

    @Test func aRestoreIntoWhatIsNotEmptyIsRefused() async throws {
        try await TestDatabase.with("source") { database in
            try await LogicalScene.run("CREATE TABLE a AS SELECT 1 AS b", in: database)
            let scene = LogicalScene(database)
            let entry = try await scene.backup()
            try await TestDatabase.with("target") { target in
                try await LogicalScene.run(
                    "CREATE SCHEMA mine CREATE TABLE t (i int); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql RETURN 1",
                    in: target
                )
                let error = await #expect(throws: RecoveryError.self) { try await scene.restore(entry, into: target) }
                #expect(error?.code == .notEmpty)
                #expect(
                    error?.message
                        == "database \(target.name) is not empty: it has schema mine, relation mine.t, function public.f(integer); restore into a new one"
                )
            }
            // An empty one that is there already is filled; one that isn't there is only made when asked for.
            try await TestDatabase.with("target") { target in
                try await scene.restore(entry, into: target) { $0.creates = false }
                #expect(try await LogicalScene.text("SELECT b FROM a", in: target) == "1")
                let again = await #expect(throws: RecoveryError.self) { try await scene.restore(entry, into: target) }
                #expect(again?.code == .notEmpty)
            }
            let absent = database.sibling(named: "restored")
            let error = await #expect(throws: RecoveryError.self) {
                try await scene.restore(entry, into: absent) { $0.creates = false }
            }
            #expect(error?.code == .request)
        }
    }

    @Test func rolesThatAreThereStayAsTheyAre() async throws {
        let (old, new) = ("old_\(UInt32.random(in: 0 ... .max))", "ne\"w_\(UInt32.random(in: 0 ... .max))")
        let quoted = SQLText.name(new)
        try await TestDatabase.with("roles") { database in
            try await TestDatabase.onServer(
                """
                CREATE ROLE \(old) LOGIN PASSWORD 'one'; CREATE ROLE \(quoted) LOGIN CONNECTION LIMIT 7 PASSWORD 'two';
                GRANT \(old) TO \(quoted); COMMENT ON ROLE \(quoted) IS 'semi;colon';
                """
            )
            try await LogicalScene.run("CREATE TABLE a (); ALTER TABLE a OWNER TO \(quoted)", in: database)
            let scene = LogicalScene(database)
            let entry = try await scene.backup()
            try await LogicalScene.run("DROP TABLE a", in: database)
            try await TestDatabase.onServer("DROP ROLE \(quoted); ALTER ROLE \(old) CONNECTION LIMIT 3 NOLOGIN")
            try await scene.restored(entry, { $0.restoresGlobals = true }) { (target, report) async throws in
                let owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'a'"
                #expect(try await LogicalScene.text(owner, in: target) == new)
                let roles = """
                    SELECT string_agg(format('%s %s %s %s', rolname, rolcanlogin, rolconnlimit, rolpassword IS NOT NULL), ', ' ORDER BY rolname DESC)
                    FROM pg_authid WHERE rolname IN ('\(old)', '\(new)')
                    """
                #expect(try await LogicalScene.text(roles, in: target) == "\(old) f 3 t, \(new) t 7 t")
                let member = "SELECT count(*) FROM pg_auth_members WHERE member = '\(quoted)'::regrole"
                #expect(try await LogicalScene.text(member, in: target) == "1")
                #expect(report.leftOut.contains("ALTER ROLE \(old): role \(old) is there"))
            }
            try await TestDatabase.onServer("DROP ROLE \(quoted); DROP ROLE \(old)")
        }
    }
}
