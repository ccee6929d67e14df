// SPDX-License-Identifier: Apache-2.0
// Unique keys and idempotency keys.

import Platform
import Postgres
import Testing
import TestSupport

@testable import Jobs

extension LedgerTests {
    @Test func aUniqueKeyIsHeldUntilTheEnd() async throws {
        try await LedgerFixture.with("unique") { fixture in
            let key = NewJob.UniqueKey(key: "order-7")
            let both = try await fixture.enqueue([.noop(uniqueKey: key), .noop(uniqueKey: key), .noop()])
            #expect(both[0].id == both[1].id && both[1].isExisting && !both[0].isExisting && both[2].id != both[0].id)
            let later = try await fixture.enqueue([.noop(uniqueKey: key)])
            #expect(later[0].id == both[0].id && later[0].isExisting)
            #expect(try await fixture.count("SELECT count(*) FROM job") == 2)
            let job = try #require(try await fixture.take().first { $0.id == both[0].id })
            #expect(job.options.releasesKey)
            _ = try await fixture.ledger.finish([FinishedAttempt(job, .completed(result: nil))], worker: 1)
            let fresh = try await fixture.enqueue([.noop(uniqueKey: key)])
            #expect(fresh[0].id != both[0].id && !fresh[0].isExisting)
        }
    }

    @Test func racingUniqueKeysMakeOneJob() async throws {
        try await LedgerFixture.with("uniquerace") { fixture in
            let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await fixture.enqueue([.noop(uniqueKey: .init(key: "k"))])[0].id }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await fixture.count("SELECT count(*) FROM job_live") == 1)
        }
    }

    @Test func aKeyWithADurationOutlivesItsJob() async throws {
        try await LedgerFixture.with("uniquefor") { fixture in
            let key = NewJob.UniqueKey(key: "k", duration: .seconds(3_600))
            let first = try await fixture.enqueue([.noop(uniqueKey: key)])[0]
            let job = try #require(try await fixture.take().first)
            _ = try await fixture.ledger.finish([FinishedAttempt(job, .completed(result: nil))], worker: 1)
            #expect(try await fixture.enqueue([.noop(uniqueKey: key)])[0].id == first.id)
            try await fixture.run("UPDATE unique_key SET expires_at = now() - interval '1 second'")
            #expect(try await fixture.enqueue([.noop(uniqueKey: key)])[0].id != first.id)
        }
    }

    /// A client's words in the options are no marks of ours.
    @Test func theStateOfATraceTakesNoKeyForEver() async throws {
        try await LedgerFixture.with("uniquestate") { fixture in
            var job = NewJob.noop(uniqueKey: .init(key: "k", duration: .seconds(60)))
            job.options.trace = TraceContext(
                traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                tracestate: "u=1"
            )
            #expect(job.options.trace?.tracestate != nil)
            let id = try await fixture.enqueue([job])[0].id
            #expect(try await fixture.ledger.cancel(id) == .ended)
            try await fixture.run("DELETE FROM unique_key")
            try await fixture.ledger.retry(id)
            #expect(try await fixture.count("SELECT count(*) FROM unique_key") == 0)
        }
    }

    @Test func anIdempotencyKeyAnswersWithTheFirstJobs() async throws {
        try await LedgerFixture.with("idempotent") { fixture in
            let rows = try await fixture.rows([
                .noop(), .noop(uniqueKey: .init(key: "u")), .noop(uniqueKey: .init(key: "u")),
            ])
            let first = try await fixture.ledger.enqueue(rows, key: "a", fingerprint: [1], generation: 0)
            let second = try await fixture.ledger.enqueue(rows, key: "a", fingerprint: [1], generation: 0)
            #expect(!first.isRepeat && second.isRepeat)
            #expect(first.jobs.map(\.id) == second.jobs.map(\.id))
            #expect(try await fixture.count("SELECT count(*) FROM job") == 2)
            let error = await #expect(throws: JobsError.self) {
                try await fixture.ledger.enqueue(rows, key: "a", fingerprint: [2], generation: 0)
            }
            #expect(error?.code == .idempotencyMismatch)
            #expect(try await fixture.count("SELECT count(*) FROM job") == 2)
        }
    }

    @Test func racingIdempotentRequestsMakeOneJob() async throws {
        try await LedgerFixture.with("idempotentrace") { fixture in
            let rows = try await fixture.rows([.noop()])
            let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await fixture.ledger.enqueue(rows, key: "a", fingerprint: [1], generation: 0).jobs[0].id
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await fixture.count("SELECT count(*) FROM job") == 1)
        }
    }
}
