// SPDX-License-Identifier: Apache-2.0
// Martlet: each of the ledger's rules is kept by a real ledger, and finds exactly what breaks it.

import Logging
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite("The ledger's rules", .enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct LedgerInvariantTests {
    /// What breaks a rule, and nothing else. `$live`, `$done` stand for the ids of a waiting and a completed job.
    static let breaks: [(rule: String, sql: String)] = [
        ("live-job-has-payload", "DELETE FROM job WHERE id = $live"),
        (
            "receipt-has-payload",
            "INSERT INTO job_done (id, epoch, outcome, attempt, losses) VALUES ($free, 1, 1, 1, 0); INSERT INTO tally VALUES (now(), $queue, 1, 1)"
        ),
        ("attempt-has-payload", "INSERT INTO job_attempt (id, epoch, attempt, outcome) VALUES ($free, 1, 1, 1)"),
        ("job-is-live-or-done", "DELETE FROM job_live WHERE id = $live"),
        ("job-is-live-or-done", "DELETE FROM job_done WHERE id = $done"),
        (
            "job-is-not-both",
            "INSERT INTO job_done (id, epoch, outcome, attempt, losses) VALUES ($live, 1, 1, 1, 0); INSERT INTO tally VALUES (now(), $queue, 1, 1)"
        ),
        ("live-state", "UPDATE job_live SET state = 9 WHERE id = $live"),
        ("live-state", "UPDATE job_live SET lane = -1 WHERE id = $live"),
        ("live-state", "UPDATE job_live SET lane = -2 WHERE id = $live"),
        ("live-numbers", "UPDATE job_live SET epoch = 0 WHERE id = $live"),
        ("live-numbers", "UPDATE job_live SET losses = -1 WHERE id = $live"),
        ("running-has-owner", "UPDATE job_live SET owner = NULL WHERE state = 3"),
        ("live-fits-job", "UPDATE job_live SET priority = 5, lane = queue_id * 10 + 5 WHERE id = $live"),
        (
            "job-has-queue",
            "UPDATE job SET queue_id = 999 WHERE id = $live; UPDATE job_live SET queue_id = 999, lane = 9990 + priority WHERE id = $live"
        ),
        ("receipt-numbers", "UPDATE job_done SET run_us = -1 WHERE id = $done"),
        ("receipt-time", "UPDATE job_done SET finished_at = now() + interval '1 day' WHERE id = $done"),
        ("receipt-time", "UPDATE job_done SET finished_at = now() - interval '1 day' WHERE id = $done"),
        ("attempt-numbers", "UPDATE job_attempt SET outcome = 7"),
        ("attempt-fence", "UPDATE job_attempt SET epoch = 70 WHERE id = (SELECT min(id) FROM job_attempt)"),
        (
            "id-time",
            "UPDATE job SET id = id + (86400000::int8 << 20) WHERE id = $live; UPDATE job_live SET id = id + (86400000::int8 << 20) WHERE id = $live"
        ),
        ("unique-key-has-job", "UPDATE unique_key SET key = 'other' WHERE key = 'held-3'"),
        ("unique-key-has-job", "INSERT INTO unique_key VALUES ('stray', $free, now() + interval '1 day')"),
        (
            "held-key-is-live",
            """
            WITH gone AS (DELETE FROM job_live WHERE id = (SELECT job_id FROM unique_key WHERE key = 'held-3') RETURNING id),
            counted AS (INSERT INTO tally VALUES (now(), $queue, 1, 1))
            INSERT INTO job_done (id, epoch, outcome, attempt, losses) SELECT id, 1, 1, 1, 0 FROM gone
            """
        ),
        ("idempotency-has-jobs", "UPDATE idempotency SET job_ids = job_ids || $free::int8"),
        ("idempotency-has-jobs", "UPDATE idempotency SET job_ids = '{}'"),
        ("tally-numbers", "INSERT INTO tally VALUES (now(), 999, 1, 1)"),
        ("tally-numbers", "INSERT INTO tally VALUES (now(), $queue, 9, 1)"),
        ("tally-covers-receipts", "DELETE FROM tally WHERE outcome = 2"),
        ("depth-numbers", "INSERT INTO depth VALUES (999, 1, 1)"),
        ("single-rows", "DELETE FROM bus"),
        ("single-rows", "DELETE FROM leader"),
        ("live-generation", "UPDATE job_live SET generation = 8 WHERE id = $live"),
        (
            "backup-times",
            "INSERT INTO backup_check (backup, system, kind, began_at, ended_at, outcome) VALUES ('b', '1', 'drill', now(), now() - interval '1 day', 'passed')"
        ),
        ("backup-times", "INSERT INTO backup VALUES ('b', '1', 'other', NULL, true, false, now(), NULL, 1, 1, '')"),
        ("migrations-without-gap", "DELETE FROM martlet_migration WHERE number = 2"),
        ("migration-checksums", "UPDATE martlet_migration SET checksum = 'x' WHERE number = 3"),
        (
            "partition-bounds",
            "CREATE TABLE job_extra PARTITION OF job FOR VALUES FROM (0) TO (10); CREATE TABLE job_done_extra PARTITION OF job_done FOR VALUES FROM (0) TO (10); CREATE TABLE job_attempt_extra PARTITION OF job_attempt FOR VALUES FROM (0) TO (10)"
        ),
        (
            "partition-days",
            "DO $$ BEGIN EXECUTE (SELECT format('DROP TABLE %I', max(inhrelid::regclass::text)) FROM pg_inherits WHERE inhparent = 'job_attempt'::regclass); END $$"
        ),
        (
            "health-partition-bounds",
            "CREATE TABLE health_hour_20200101 PARTITION OF health_hour FOR VALUES FROM ('2020-01-01Z') TO ('2020-01-05Z')"
        ),
        ("health-day-has-check", "INSERT INTO health_day VALUES ('2026-01-01', 77, 1, 0, 0, 0, 1, 0, 0, 1, 1)"),
        (
            "health-sample-has-check",
            "INSERT INTO health_sample VALUES (now(), 77, 'a', 1, 0, 0, 0, 1, 0, 0, 1, 1, '\\x0000000000000000')"
        ),
        (
            "health-sample-numbers",
            "INSERT INTO health_check (name) VALUES ('c'); INSERT INTO health_sample SELECT now(), id, 'a', 1, 0, 0, 0, 1, 0, 0, 1, 1, '\\x00' FROM health_check"
        ),
        (
            "health-minute-numbers",
            "INSERT INTO health_check (name) VALUES ('c'); INSERT INTO health_minute SELECT now(), id, '{}', '{}', '{}', '{}', '{}', '{}' FROM health_check"
        ),
        (
            "incident-times",
            "INSERT INTO health_incident (id, name, title, state, severity, status, started_at, resolved_at) VALUES (1, 'n', 't', 'down', 'critical', 'open', now(), now() - interval '1 day')"
        ),
        (
            "notification-has-incident",
            "INSERT INTO health_notification (id, incident_id, receiver, event, message) VALUES ('n', 5, 'r', 'e', 'm')"
        ),
        ("sequence queue.id", "ALTER SEQUENCE queue_id_seq RESTART WITH 1"),
    ]

    @Test("A ledger with jobs in all states keeps every rule, and each break is found by its name alone")
    func breaks() async throws {
        try await TestDatabase.with("invariants") { database in
            let loop = EventLoop(name: "invariants")
            defer { loop.shutdown() }
            var configuration = try database.configuration
            try await LedgerSample.with(configuration, on: loop) { sample in try await sample.fill() }
            configuration.statementTimeout = .seconds(60)
            let session = try await PostgresSession.connect(configuration, on: loop)
            let whole = try await InvariantLook(session: session, end: .now + patience).run()
            #expect(whole.findings == [])
            #expect(whole.notes == [])
            #expect(whole.rules > LedgerInvariant.all.count)

            let names = [
                (
                    "$live",
                    "SELECT min(l.id) FROM job_live l JOIN job j USING (id) WHERE l.state = 1 AND l.priority = 0 AND j.unique_key IS NULL"
                ),
                ("$done", "SELECT min(d.id) FROM job_done d WHERE d.outcome = 1"),
                ("$free", "SELECT min(id) + 524288 FROM job"),
                ("$queue", "SELECT id FROM queue WHERE name = 'default'"),
            ]
            var values: [(String, String)] = []
            for (name, sql) in names {
                values.append((name, try #require(try await session.simpleQuery(sql).last).string(0, 0)))
            }
            var proved: Set<String> = []
            for (rule, sql) in Self.breaks {
                let script = values.reduce(sql) { $0.replacing($1.0, with: $1.1) }
                try await session.simpleQuery("BEGIN; SET LOCAL session_replication_role = replica")
                try await session.simpleQuery(script)
                let broken = try await InvariantLook(session: session, end: .now + patience).run()
                try await session.simpleQuery("ROLLBACK")
                #expect(broken.findings.map(\.name) == [rule], "\(sql)\n\(broken.findings)")
                let finding = try #require(broken.findings.first)
                #expect(try #require(finding.count) > 0)
                #expect(!finding.examples.isEmpty)
                proved.insert(rule)
            }
            await session.close()
            // References that the server itself keeps are broken below.
            let unproved = Set(LedgerInvariant.all.map(\.name)).subtracting(proved)
            #expect(
                unproved == [
                    "incident-entry-has-incident", "confirmation-has-request", "health-minute-has-check",
                    "health-hour-has-check",
                ]
            )
        }
    }

    @Test("References that the server keeps are looked at by their rule and by the key's own")
    func references() async throws {
        try await TestDatabase.with("references") { database in
            let loop = EventLoop(name: "references")
            defer { loop.shutdown() }
            try await LedgerSample.with(try database.configuration, on: loop) { _ in }
            let session = try await PostgresSession.connect(try database.configuration, on: loop)
            let breaks = [
                (
                    "INSERT INTO health_incident_entry VALUES (4, 1, now(), 'k', 't', NULL, true)",
                    [
                        "foreign-key health_incident_entry.health_incident_entry_incident_id_fkey",
                        "incident-entry-has-incident",
                    ]
                ),
                (
                    "INSERT INTO health_confirmation VALUES ('\\x01', 4, now())",
                    ["confirmation-has-request", "foreign-key health_confirmation.health_confirmation_request_id_fkey"]
                ),
                (
                    "INSERT INTO health_minute SELECT now(), 5, z, z, z, z, z, z FROM (SELECT array_fill(1, '{60}') AS z) a",
                    ["health-minute-has-check"]
                ),
                ("INSERT INTO health_hour VALUES (now(), 5, 1, 1, 1, 1, 1, 1, 1, 1, 1)", ["health-hour-has-check"]),
            ]
            for (sql, rules) in breaks {
                try await session.simpleQuery("BEGIN; SET LOCAL session_replication_role = replica")
                try await session.simpleQuery(sql)
                let broken = try await InvariantLook(session: session, end: .now + patience).run()
                try await session.simpleQuery("ROLLBACK")
                #expect(broken.findings.map(\.name).sorted() == rules)
            }
            await session.close()
        }
    }

    @Test("A missing table is a finding of each rule that needs it; another database gets the rules that hold anywhere")
    func otherDatabases() async throws {
        try await TestDatabase.with("others") { database in
            let loop = EventLoop(name: "others")
            defer { loop.shutdown() }
            let session = try await PostgresSession.connect(try database.configuration, on: loop)
            try await session.simpleQuery(
                """
                CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
                CREATE TABLE b (a int REFERENCES a); INSERT INTO a DEFAULT VALUES; INSERT INTO b VALUES (1), (NULL);
                """
            )
            let whole = try await InvariantLook(session: session, end: .now + patience).run()
            #expect(whole.findings == [])
            #expect(whole.notes.count == 1)
            #expect(whole.rules == 2)
            try await session.simpleQuery("BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM a; COMMIT")
            let broken = try await InvariantLook(session: session, end: .now + patience).run()
            #expect(broken.findings.map(\.name) == ["foreign-key b.b_a_fkey"])
            try await session.simpleQuery("DROP TABLE b")
            await session.close()

            try await LedgerSample.with(try database.configuration, on: loop) { _ in }
            let again = try await PostgresSession.connect(try database.configuration, on: loop)
            try await again.simpleQuery("DROP TABLE leader")
            let lacking = try await InvariantLook(session: again, end: .now + patience).run()
            #expect(lacking.findings.map(\.name) == ["single-rows"])
            #expect(lacking.findings.first?.message.contains("can't be looked at") == true)
            await again.close()
        }
    }
}
