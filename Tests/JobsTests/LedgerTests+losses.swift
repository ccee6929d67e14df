// SPDX-License-Identifier: Apache-2.0
// Losses, poison pills and suspects.

import Postgres
import Testing
import TestSupport

@testable import Jobs

extension LedgerTests {
    @Test func aPoisonPillIsDiscardedAfterItsLosses() async throws {
        try await LedgerFixture.with("poison") { fixture in
            let id = try await fixture.enqueue([.noop()])[0].id
            for loss in 1...3 {
                _ = try await fixture.take(lease: .zero)
                let (back, ended) = try await fixture.ledger.lose(
                    try await fixture.ledger.silentJobs(limit: 9),
                    limit: 3
                )
                #expect(back == (loss < 3 ? 1 : 0) && ended == (loss < 3 ? 0 : 1))
                #expect(try await fixture.releaseSuspects(1) == (loss == 2 ? 1 : 0))
            }
            let record = try #require(try await fixture.ledger.job(id))
            #expect(record.state == .discarded && record.losses == 3)
            #expect(record.attempts.count == 3 && record.attempts.allSatisfy { $0.outcome == .lost })
        }
    }

    /// A pill that kills its worker at once, and innocents that are always in the same hands: they outlive it.
    @Test func innocentsOutliveThePoisonPillBesideThem() async throws {
        try await LedgerFixture.with("innocent") { fixture in
            let jobs = try await fixture.enqueue((0..<6).map { _ in .noop() })
            let pill = jobs[3].id
            for _ in 0..<200 {
                if try await fixture.count("SELECT count(*) FROM job_live") == 0 { break }
                _ = try await fixture.releaseSuspects(4)
                let taken = try await fixture.take(lease: .zero)
                if taken.contains(where: { $0.id == pill }) {
                    _ = try await fixture.ledger.lose(try await fixture.ledger.silentJobs(limit: 99))
                } else {
                    _ = try await fixture.ledger.finish(
                        taken.map { FinishedAttempt($0, .completed(result: nil)) },
                        worker: 1
                    )
                }
            }
            #expect(try await fixture.count("SELECT count(*) FROM job_done WHERE outcome = 1") == 5)
            #expect(try await fixture.count("SELECT count(*) FROM job_done WHERE outcome = 3 AND id = \(pill)") == 1)
        }
    }

    @Test func aQueueIsServedWhileAWorkerOfItLives() async throws {
        try await LedgerFixture.with("served") { fixture in
            var numbers: [Int32] = []
            for name in ["mail", "mail.slow", "other"] { numbers.append(try await fixture.ledger.queueNumber(name)) }
            func report(_ id: Int64, _ queues: String) async throws {
                let worker = WorkerReport(id: id, name: "w", version: "1", queues: queues, concurrency: 1, running: 0)
                try await fixture.ledger.report(worker)
            }
            try await report(1, "mail,other")
            try await report(2, "mail.slow")
            #expect(try await fixture.ledger.servedQueues() == Set(numbers))
            try await fixture.run("UPDATE worker SET seen_at = now() - interval '1 minute' WHERE id = 2")
            #expect(try await fixture.ledger.servedQueues() == [numbers[0], numbers[2]])
        }
    }

    /// The next batch waits for the end of the last, and a suspect on its last life goes alone, however large the batch may be.
    @Test func suspectsGoInBatches() async throws {
        try await LedgerFixture.with("batches") { fixture in
            let jobs = try await fixture.enqueue((0..<9).map { _ in .noop() })
            func losses(_ count: Int, _ ids: [JobID]) async throws {
                let list = ids.map(\.description).joined(separator: ",")
                try await fixture.run("UPDATE job_live SET lane = -2, losses = \(count) WHERE id IN (\(list))")
            }
            try await losses(2, jobs.map(\.id))
            #expect(try await fixture.releaseSuspects(4) == 4)
            #expect(try await fixture.releaseSuspects(4) == 0)
            let taken = try await fixture.take()
            #expect(taken.count == 4)
            #expect(try await fixture.releaseSuspects(4) == 0)
            _ = try await fixture.ledger.finish(taken.map { FinishedAttempt($0, .completed(result: nil)) }, worker: 1)
            try await losses(4, jobs.suffix(2).map(\.id))
            #expect(try await fixture.releaseSuspects(4) == 1)
            #expect(try await fixture.take().map(\.id) == [jobs[7].id])
            #expect(try await fixture.releaseSuspects(4) == 0)
            // One that has run for a minute is trusted, though it has not ended; one that is still on its way is not, nor when it begins then.
            try await fixture.run(
                "UPDATE job_live SET state = 2, dispatched_at = now() - interval '61 seconds' WHERE lane = -1"
            )
            #expect(try await fixture.releaseSuspects(4) == 0)
            let fence = Fence(id: jobs[7].id, epoch: 1)
            #expect(try await fixture.ledger.hold([fence], owner: 1, lease: .seconds(30)).held == [fence])
            #expect(try await fixture.releaseSuspects(4) == 0)
            try await fixture.run("UPDATE job_live SET dispatched_at = now() - interval '61 seconds' WHERE lane = -1")
            #expect(try await fixture.releaseSuspects(4) == 1)
            // A suspect in a queue that nobody serves keeps no other waiting.
            try await fixture.run("UPDATE job_live SET queue_id = 77, lane = 770 WHERE lane >= 0")
            #expect(try await fixture.releaseSuspects(4) == 3)
        }
    }
}
