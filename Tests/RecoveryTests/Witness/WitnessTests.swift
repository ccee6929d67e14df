// SPDX-License-Identifier: Apache-2.0
// Martlet: a witness is right under load, and finds each difference.

import Jobs
import Platform
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "Witness",
    .serialized,
    .enabled(if: RecoveryServer.obstacle == nil, "no private server: \(RecoveryServer.obstacle ?? "")")
)
struct WitnessTests {
    /// A server of its own: transactions of other tests would hold the horizon back.
    private func withServer(_ body: (RecoveryServer, EventLoop) async throws -> Void) async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in try await body(server, server.loop) }
        }
    }

    private func compare(
        _ witness: Witness,
        _ session: PostgresSession,
        position: LSN? = nil,
        until: Timestamp = .now()
    )
        async throws -> WitnessComparison.Outcome
    {
        try await WitnessComparison(session: session, end: .now + patience).run(
            witness,
            position: position,
            until: until
        )
    }

    @Test("What was witnessed under load is found again whatever came later: jobs, savepoints, sessions that were open")
    func underLoad() async throws {
        try await withServer { database, loop in
            let configuration = try database.configuration
            try await LedgerSample.with(configuration, on: loop) { sample in
                try await sample.fill()
                let open = try await PostgresSession.connect(configuration, on: loop)
                let session = try await PostgresSession.connect(configuration, on: loop)
                var witnesses: [Witness] = []
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<2 {
                        group.addTask {
                            while !Task.isCancelled {
                                try await sample.enqueue(5, priority: 4 + writer)
                                try await sample.run(5, priority: Int16(4 + writer), .discarded(.failed, error: "x"))
                            }
                        }
                    }
                    for round in 0..<5 {
                        // A transaction with a subtransaction stands open while the witness looks, and commits after it.
                        let id = "(SELECT max(id) + 1048576 FROM job)"
                        try await open.simpleQuery(
                            """
                            BEGIN; SELECT pg_current_xact_id(); SAVEPOINT s;
                            INSERT INTO job (id, queue_id, priority, kind, args) SELECT \(id), 1, 0, 'noop', '{}'
                            """
                        )
                        let witness = try await Witness.take(session)
                        #expect(witness.omitted == [])
                        #expect(
                            witness.tables.contains { $0.parent == "public.job" && ($0.ranges.first?.rows ?? 0) > 20 }
                        )
                        witnesses.append(witness)
                        try await open.simpleQuery(round % 2 == 0 ? "COMMIT" : "ROLLBACK")
                    }
                    group.cancelAll()
                    try? await group.waitForAll()
                }
                for witness in witnesses {
                    let outcome = try await compare(witness, session)
                    #expect(outcome.findings == [])
                    #expect(outcome.tables == witness.tables.count)
                }
                await open.close()
                await session.close()
            }
        }
    }

    @Test("A lost row, a changed row, an added old row, a lost table and an early end are each found")
    func differences() async throws {
        try await withServer { database, loop in
            let configuration = try database.configuration
            try await LedgerSample.with(configuration, on: loop) { sample in try await sample.fill() }
            let session = try await PostgresSession.connect(configuration, on: loop)
            let witness = try await Witness.take(session)
            let day = try #require(
                witness.tables.first { $0.parent == "public.job" && ($0.ranges.first?.rows ?? 0) > 0 }?.name
            )

            func found(_ sql: String, until: Timestamp = .now()) async throws -> [String] {
                try await session.simpleQuery("BEGIN")
                try await session.simpleQuery(sql)
                let outcome = try await compare(witness, session, until: until)
                try await session.simpleQuery("ROLLBACK")
                return outcome.findings.map(\.name)
            }
            #expect(try await found("SELECT 1") == [])
            #expect(try await found("DELETE FROM public.job WHERE id = (SELECT min(id) FROM public.job)") == [day])
            #expect(
                try await found("UPDATE public.job SET args = '{\"a\":1}' WHERE id = (SELECT min(id) FROM public.job)")
                    == [day]
            )
            #expect(try await found("DELETE FROM public.queue") == ["public.queue"])
            #expect(try await found("DROP TABLE \(day)") == [day])
            #expect(try await found("ALTER TABLE public.job ADD COLUMN later int DEFAULT 5") == [])
            // A day that is over may go, when its receipts and attempts go, too.
            let tomorrow = Timestamp.now() + .seconds(86_400)
            let digits = day.suffix(8)
            #expect(try await found("DROP TABLE \(day)", until: tomorrow) == [day])
            let all = "DROP TABLE public.job_\(digits), public.job_done_\(digits), public.job_attempt_\(digits)"
            #expect(try await found(all, until: tomorrow) == [])

            let early = try await compare(witness, session, position: LSN(witness.position.value - 1))
            #expect(early.findings.map(\.name) == ["position"])
            await session.close()
        }
    }

    @Test("Large tables are sampled by ranges of their key, and a lost row within them is found")
    func samples() async throws {
        try await withServer { database, loop in
            let session = try await PostgresSession.connect(try database.configuration, on: loop)
            try await session.simpleQuery(
                """
                CREATE TABLE public.item (id int8 PRIMARY KEY, text text);
                INSERT INTO item SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n
                """
            )
            var plan = WitnessPlan()
            plan.tables = ["public.item", "public.absent"]
            plan.wholeBytes = 100_000
            plan.samples = 10
            let witness = try await Witness.take(session, plan: plan)
            let table = try #require(witness.tables.first)
            #expect(witness.tables.count == 1)
            #expect((2...10).contains(table.ranges.count))
            #expect(table.ranges.allSatisfy { (1...100).contains($0.rows) })
            let bounds = try #require(table.ranges.first?.bounds)
            try await session.simpleQuery(
                "INSERT INTO public.item SELECT n, 'new' FROM generate_series(20001, 20100) n"
            )
            #expect(try await compare(witness, session).findings == [])
            try await session.simpleQuery("DELETE FROM public.item WHERE id = \(bounds.first)")
            let outcome = try await compare(witness, session)
            #expect(outcome.findings.map(\.name) == ["public.item"])
            #expect(
                outcome.findings.first?.examples.first?.contains("with id from \(bounds.first) to \(bounds.last)")
                    == true
            )

            plan.limit = .zero
            await #expect(throws: RecoveryError.self) { try await Witness.take(session, plan: plan) }
            await session.close()
        }
    }

    @Test("A table for which no time is left is named, and the session stays usable")
    func tooSlow() async throws {
        try await withServer { database, loop in
            let session = try await PostgresSession.connect(try database.configuration, on: loop)
            try await session.simpleQuery("CREATE TABLE slow (id int8 PRIMARY KEY); INSERT INTO slow VALUES (1)")
            let blocker = try await PostgresSession.connect(try database.configuration, on: loop)
            try await blocker.simpleQuery("BEGIN; LOCK TABLE slow")
            var plan = WitnessPlan()
            plan.tables = ["public.slow"]
            plan.limit = .seconds(1)
            let witness = try await Witness.take(session, plan: plan)
            #expect(witness.omitted == ["public.slow"])
            #expect(witness.tables == [])
            try await session.simpleQuery("SELECT 1")
            await blocker.close()
            await session.close()
        }
    }
}
