// SPDX-License-Identifier: Apache-2.0
// Partitions come and go.

import Postgres
import Testing
import TestSupport

@testable import Jobs

extension LedgerTests {
    /// The three tables of a day long past, `YYYYMMDD`.
    private func makePartitions(of day: String, in fixture: LedgerFixture) async throws {
        try await fixture.run(
            """
            DO $$ DECLARE parent text; BEGIN
                FOREACH parent IN ARRAY ARRAY['job', 'job_done', 'job_attempt'] LOOP
                    EXECUTE format('CREATE TABLE %s_\(day) PARTITION OF %1$s FOR VALUES FROM (%s) TO (%s)', parent,
                        job_id_floor('\(day)Z'::timestamptz), job_id_floor('\(day)Z'::timestamptz + interval '1 day'));
                END LOOP;
            END $$
            """
        )
    }

    @Test func oldPartitionsGoUnlessAJobIsUnfinished() async throws {
        try await LedgerFixture.with("partitions") { fixture in
            for day in ["20200101", "20200102"] { try await makePartitions(of: day, in: fixture) }
            try await fixture.run(
                """
                INSERT INTO job_live (id, check_at, lane, queue_id, priority, state)
                    VALUES (job_id_floor('2020-01-02T12:00Z'), now(), 10, 1, 0, 1)
                """
            )
            try await fixture.ledger.dropPartitions(olderThan: 7)
            #expect(try await fixture.count("SELECT count(*) FROM pg_class WHERE relname = 'job_20200101'") == 0)
            #expect(try await fixture.count("SELECT count(*) FROM pg_class WHERE relname = 'job_20200102'") == 1)
        }
    }

    /// A job is run again while its partition is being dropped: the drop waits for that, and lets it be.
    @Test func aPartitionStaysWhenAJobOfItIsRunAgainMeanwhile() async throws {
        try await LedgerFixture.with("partitionrace") { fixture in
            try await makePartitions(of: "20200101", in: fixture)
            try await fixture.run(
                """
                DO $$ BEGIN
                    INSERT INTO job (id, queue_id, priority, kind, args) VALUES (job_id_floor('2020-01-01T12:00Z'), 1, 0, 'noop', '{}');
                    INSERT INTO job_done (id, finished_at, epoch, outcome, attempt, losses)
                        VALUES (job_id_floor('2020-01-01T12:00Z'), '2020-01-01T13:00Z', 1, 3, 1, 0);
                END $$
                """
            )
            let loop = EventLoop(name: "again")
            defer { loop.shutdown() }
            let session = try await PostgresSession.connect(fixture.database.configuration, on: loop)
            _ = try await session.simpleQuery(
                """
                BEGIN; DELETE FROM job_done WHERE id < job_id_floor('2020-01-02Z');
                INSERT INTO job_live (id, check_at, lane, queue_id, priority, state)
                VALUES (job_id_floor('2020-01-01T12:00Z'), now(), 10, 1, 0, 1)
                """
            )
            let ledger = fixture.ledger
            // A drop gives up after a moment, so that the race may be missed: as many as it takes.
            let dropping = Task {
                repeat {
                    try await ledger.dropPartitions(olderThan: 7)
                } while try await fixture.count("SELECT count(*) FROM job_live") == 0
            }
            try await fixture.database.untilSomebodyWaits()
            _ = try await session.simpleQuery("COMMIT")
            try await dropping.value
            await session.close()
            #expect(try await fixture.count("SELECT count(*) FROM job WHERE id < job_id_floor('2020-01-02Z')") == 1)
            try await fixture.run("DELETE FROM job_live")
            try await fixture.ledger.dropPartitions(olderThan: 7)
            #expect(try await fixture.count("SELECT count(*) FROM pg_class WHERE relname LIKE 'job%20200101'") == 0)
        }
    }

    @Test func aPartitionStaysWhileAJobOfItEndedLately() async throws {
        try await LedgerFixture.with("lately") { fixture in
            try await makePartitions(of: "20200101", in: fixture)
            try await fixture.run(
                """
                DO $$ BEGIN
                    INSERT INTO job_done (id, finished_at, epoch, outcome, attempt, losses)
                        SELECT job_id_floor('2020-01-01T12:00Z') + n, timestamptz '2020-01-01T13:00Z' + n * interval '1 second', 1, 1, 1, 0
                        FROM generate_series(1, 50000) n;
                    INSERT INTO job_done (id, finished_at, epoch, outcome, attempt, losses)
                        VALUES (job_id_floor('2020-01-01T11:00Z'), now() - interval '6 days', 1, 1, 1, 0);
                END $$
                """
            )
            let tables = "SELECT count(*) FROM pg_class WHERE relname ~ '^job.*20200101$' AND relkind = 'r'"
            try await fixture.ledger.dropPartitions(olderThan: 7)
            #expect(try await fixture.count(tables) == 3)
            try await fixture.ledger.dropPartitions(olderThan: 5)
            #expect(try await fixture.count(tables) == 0)
        }
    }

    /// Looking for late ends reads an index, however many receipts a day has.
    @Test func receiptsHaveAnIndexOfTheirEnds() async throws {
        try await LedgerFixture.with("finishindex") { fixture in
            try await fixture.run(
                """
                INSERT INTO job_done (id, finished_at, epoch, outcome, attempt, losses)
                    SELECT job_id_floor(now()) + n, now() + n * interval '1 ms', 1, 1, 1, 0 FROM generate_series(1, 50000) n
                """
            )
            let day = try await fixture.lines("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')")[0]
            _ = try await fixture.lines("VACUUM ANALYZE job_done")
            let plan = try await fixture.lines(
                "EXPLAIN SELECT FROM job_done_\(day) WHERE finished_at > now() + interval '1 hour'"
            )
            #expect(plan.contains { $0.contains("job_done_\(day)_finished_at_idx") }, "\(plan)")
        }
    }

    @Test func anIdempotentRequestMakesThePartitionsThatItLacks() async throws {
        try await LedgerFixture.with("nopartition") { fixture in
            try await fixture.run(
                """
                DO $$ DECLARE child regclass; BEGIN
                    FOR child IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'job'::regclass LOOP
                        EXECUTE format('DROP TABLE %s', child);
                    END LOOP;
                END $$
                """
            )
            let rows = try await fixture.rows([.noop()])
            let first = try await fixture.ledger.enqueue(rows, key: "k", fingerprint: [1], generation: 0)
            let second = try await fixture.ledger.enqueue(rows, key: "k", fingerprint: [1], generation: 0)
            #expect(first.jobs.map(\.id) == second.jobs.map(\.id) && !first.isRepeat && second.isRepeat)
        }
    }

    @Test func partitionsComeWithoutStoppingReaders() async throws {
        try await LedgerFixture.with("attach") { fixture in
            let loop = EventLoop(name: "reader")
            defer { loop.shutdown() }
            let session = try await PostgresSession.connect(fixture.database.configuration, on: loop)
            _ = try await session.simpleQuery("BEGIN; SELECT count(*) FROM job; SELECT count(*) FROM job_done")
            _ = try await fixture.lines("SET lock_timeout = '2s'; SELECT ensure_partitions(9)::text")
            #expect(try await fixture.count("SELECT count(*) FROM pg_inherits WHERE inhparent = 'job'::regclass") == 11)
            await session.close()
        }
    }
}
