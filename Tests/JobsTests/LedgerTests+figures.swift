// SPDX-License-Identifier: Apache-2.0
// What the ledger says of itself.

import Postgres
import TestSupport
import Testing

@testable import Jobs

extension LedgerTests {
    @Test func statsComeFromSamplesAndTallies() async throws {
        try await LedgerFixture.with("stats") { fixture in
            _ = try await fixture.enqueue([.noop(), .noop(), .noop(start: .after(.seconds(99)))])
            let job = try #require(try await fixture.take(1).first)
            _ = try await fixture.ledger.finish([FinishedAttempt(job, .completed(result: nil))], worker: 1)
            try await fixture.ledger.sampleDepth()
            try await fixture.ledger.foldTallies()
            let queue = try #require(try await fixture.ledger.stats().queues.first { $0.name == "default" })
            #expect(queue.unfinished == [.available: 1, .scheduled: 1])
            #expect(queue.finished == [.completed: 1])
        }
    }

    /// A job that comes back after a long pause has not been waiting for that long.
    @Test func aRetryWaitsFromWhenItIsDue() async throws {
        try await LedgerFixture.with("waiting") { fixture in
            _ = try await fixture.enqueue([.noop(), .noop()])
            let jobs = try await fixture.take()
            try await fixture.run("UPDATE job_live SET dispatched_at = now() - interval '1 hour'")
            _ = try await fixture.ledger.finish([FinishedAttempt(jobs[0], .postponed(after: .zero))], worker: 1)
            try await fixture.ledger.sampleDepth()
            let stats = try await fixture.ledger.stats()
            let queue = try #require(stats.queues.first { $0.name == "default" })
            let oldest = try #require(queue.oldestAvailableAt)
            #expect(stats.readAt - oldest < 600_000_000 && stats.readAt >= oldest)
            #expect(queue.unfinished == [.available: 1, .running: 1])
        }
    }

    @Test func theServerTellsHowItFares() async throws {
        try await LedgerFixture.with("vitals") { fixture in
            #expect(try await fixture.ledger.vitals().leaderless == nil)
            _ = try await fixture.ledger.lead(1, for: .seconds(60), lanes: [])
            #expect(try await fixture.ledger.vitals().leaderless == .zero)
            try await fixture.run("UPDATE leader SET expires_at = now() - interval '1 minute'")
            let vitals = try await fixture.ledger.vitals()
            #expect(try #require(vitals.leaderless) >= .seconds(60))
            #expect(vitals.commits > 0 && vitals.size > 1_000_000 && vitals.freezeAge > 0)
            #expect(try #require(vitals.walBytes) > 1_000_000)
            let loop = EventLoop(name: "old")
            defer { loop.shutdown() }
            let session = try await PostgresSession.connect(fixture.database.configuration, on: loop)
            _ = try await session.simpleQuery("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM job")
            for _ in 0..<20 { try await fixture.run("UPDATE leader SET owner = owner + 1") }
            let later = try await fixture.ledger.vitals()
            #expect(later.oldestSnapshotAge >= 20 && later.oldestTransaction > .zero)
            await session.close()
        }
    }
}
