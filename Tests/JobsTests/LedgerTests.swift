// SPDX-License-Identifier: Apache-2.0
// The ledger's rules, counted in SQL.

import Postgres
import Testing
import TestSupport

@testable import Jobs

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct LedgerTests {
    @Test func aJobLivesFromEnqueueToReceipt() async throws {
        try await LedgerFixture.with("life") { fixture in
            let jobs = try await fixture.enqueue((0..<250).map { .noop(#"{"n":\#($0)}"#) })
            #expect(Set(jobs.map(\.id)).count == 250)
            #expect(jobs.map(\.id) == jobs.map(\.id).sorted())
            let taken = try await fixture.take(1_000)
            #expect(Set(taken.map(\.id)) == Set(jobs.map(\.id)))
            #expect(taken.first.map { String(decoding: $0.args ?? [], as: UTF8.self) } == #"{"n":0}"#)
            let counted = try await fixture.ledger.finish(
                taken.map { FinishedAttempt($0, .completed(result: nil)) },
                worker: 1
            )
            #expect(counted.count == 250)
            #expect(try await fixture.count("SELECT count(*) FROM job_live") == 0)
            #expect(try await fixture.count("SELECT count(*) FROM job_done WHERE outcome = 1 AND attempt = 1") == 250)
            #expect(try await fixture.count("SELECT sum(jobs) FROM tally WHERE outcome = 1") == 250)
        }
    }

    @Test func aLateCompletionChangesNothing() async throws {
        try await LedgerFixture.with("fence") { fixture in
            _ = try await fixture.enqueue([.noop()])
            let first = try await fixture.take(lease: .zero)
            let silent = try await fixture.ledger.silentJobs(limit: 10)
            #expect(silent.map(\.id) == first.map(\.id))
            let (back, ended) = try await fixture.ledger.lose(silent)
            #expect(back == 1 && ended == 0)
            let second = try await fixture.take(owner: 2)
            #expect(second[0].epoch > first[0].epoch)
            #expect(second[0].attempt == first[0].attempt)
            #expect(
                try await fixture.ledger.finish([FinishedAttempt(first[0], .completed(result: nil))], worker: 1).isEmpty
            )
            #expect(
                try await fixture.ledger.finish([FinishedAttempt(second[0], .completed(result: nil))], worker: 2).count
                    == 1
            )
            #expect(
                try await fixture.ledger.finish([FinishedAttempt(second[0], .completed(result: nil))], worker: 2)
                    .isEmpty
            )
            #expect(try await fixture.count("SELECT count(*) FROM job_done") == 1)
        }
    }

    @Test func retriesWaitAndCountAndKeepTheirErrors() async throws {
        try await LedgerFixture.with("retry") { fixture in
            let id = try await fixture.enqueue([.noop()])[0].id
            for attempt in 1...3 {
                let job = try #require(try await fixture.take().first)
                #expect(Int(job.attempt) == attempt)
                let result: AttemptResult =
                    attempt < 3
                    ? .retry(.failed, error: "no \(attempt)", after: .zero) : .discarded(.timedOut, error: "no 3")
                #expect(try await fixture.ledger.finish([FinishedAttempt(job, result)], worker: 1) == [id])
            }
            let record = try #require(try await fixture.ledger.job(id))
            #expect(record.state == .discarded && record.attempt == 3)
            #expect(record.attempts.map(\.error) == ["no 1", "no 2", "no 3"])
            #expect(record.attempts.map(\.outcome) == [.failed, .failed, .timedOut])
        }
    }

    @Test func aPostponedAttemptIsNotCounted() async throws {
        try await LedgerFixture.with("postpone") { fixture in
            _ = try await fixture.enqueue([.noop()])
            let job = try #require(try await fixture.take().first)
            _ = try await fixture.ledger.finish([FinishedAttempt(job, .postponed(after: .zero))], worker: 1)
            let again = try #require(try await fixture.take().first)
            #expect(again.attempt == 1 && again.epoch == job.epoch + 1)
            #expect(try await fixture.count("SELECT count(*) FROM job_attempt") == 0)
        }
    }

    @Test func racingTakersNeverShareAJob() async throws {
        try await LedgerFixture.with("race") { fixture in
            _ = try await fixture.enqueue((0..<600).map { _ in .noop() })
            let taken = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
                for owner in 0..<12 { group.addTask { try await fixture.take(50, owner: Int64(owner)) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(taken.map(\.id)).count == taken.count)
            #expect(taken.count == 600)
        }
    }

    @Test func oneBadJobLeavesNothingOfItsBatch() async throws {
        try await LedgerFixture.with("atomic") { fixture in
            let bad = NewJob(kind: "noop", args: [0x7B, 0x00, 0x7D])
            let error = await #expect(throws: JobsError.self) { try await fixture.enqueue([.noop(), bad, .noop()]) }
            #expect(error?.code == .invalid)
            let left = try await fixture.count("SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM job_live)")
            #expect(left == 0)
        }
    }

    /// Ends and returns of one report lock their rows in one order, whatever order that is in each of its statements.
    @Test func aReportOfBothKindsCanNotDeadlock() async throws {
        try await LedgerFixture.with("lockorder") { fixture in
            _ = try await fixture.enqueue([.noop(), .noop()])
            let jobs = try await fixture.take().sorted { $0.id < $1.id }
            let loop = EventLoop(name: "locker")
            defer { loop.shutdown() }
            let session = try await PostgresSession.connect(fixture.database.configuration, on: loop)
            func lock(_ job: ClaimedJob) async throws {
                _ = try await session.simpleQuery("SELECT FROM job_live WHERE id = \(job.id) FOR UPDATE")
            }
            _ = try await session.simpleQuery("BEGIN; SET lock_timeout = '5s'")
            try await lock(jobs[0])
            let reports = [
                FinishedAttempt(jobs[0], .postponed(after: .zero)), FinishedAttempt(jobs[1], .completed(result: nil)),
            ]
            async let counted = fixture.ledger.finish(reports, worker: 1)
            try await fixture.database.untilSomebodyWaits()
            try await lock(jobs[1])
            _ = try await session.simpleQuery("COMMIT")
            #expect(try await counted == Set(jobs.map(\.id)))
            await session.close()
        }
    }

    @Test func cancellingEndsWaitingJobsAndAsksRunningOnes() async throws {
        try await LedgerFixture.with("cancel") { fixture in
            let jobs = try await fixture.enqueue([.noop(), .noop()])
            #expect(try await fixture.ledger.cancel(jobs[0].id) == .ended)
            #expect(try await fixture.ledger.cancel(jobs[0].id) == .alreadyFinal)
            let running = try #require(try await fixture.take().first)
            #expect(try await fixture.ledger.cancel(jobs[1].id) == .requested)
            let hold = try await fixture.ledger.hold(
                [Fence(id: running.id, epoch: running.epoch)],
                owner: 1,
                lease: .seconds(30)
            )
            #expect(hold.cancelled == [running.id])
            _ = try await fixture.ledger.finish([FinishedAttempt(running, .cancelled)], worker: 1)
            #expect(try await fixture.ledger.job(jobs[1].id)?.state == .cancelled)
            let error = await #expect(throws: JobsError.self) { try await fixture.ledger.cancel(JobID(rawValue: 5)) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func aJobThatWasAskedToStopDoesNotGoBack() async throws {
        try await LedgerFixture.with("cancelretry") { fixture in
            let id = try await fixture.enqueue([.noop(uniqueKey: .init(key: "k"))])[0].id
            let job = try #require(try await fixture.take().first)
            #expect(try await fixture.ledger.cancel(id) == .requested)
            let failed = FinishedAttempt(job, .retry(.failed, error: "no", after: .zero))
            #expect(try await fixture.ledger.finish([failed], worker: 1) == [id])
            let record = try #require(try await fixture.ledger.job(id))
            #expect(record.state == .cancelled && record.attempts.first?.error == "no")
            #expect(try await fixture.count("SELECT count(*) FROM unique_key") == 0)
        }
    }

    @Test func anAttemptThatEndsForgivesEarlierLosses() async throws {
        try await LedgerFixture.with("forgive") { fixture in
            let id = try await fixture.enqueue([.noop()])[0].id
            _ = try await fixture.take(lease: .zero)
            _ = try await fixture.ledger.lose(try await fixture.ledger.silentJobs(limit: 9))
            let job = try #require(try await fixture.take().first)
            _ = try await fixture.ledger.finish(
                [FinishedAttempt(job, .retry(.failed, error: "no", after: .zero))],
                worker: 1
            )
            #expect(try await fixture.ledger.job(id)?.losses == 0)
        }
    }

    @Test func aDiscardedJobCanBeRetriedAndEndAgain() async throws {
        try await LedgerFixture.with("again") { fixture in
            let id = try await fixture.enqueue([.noop(uniqueKey: .init(key: "k"))])[0].id
            let job = try #require(try await fixture.take().first)
            _ = try await fixture.ledger.finish([FinishedAttempt(job, .discarded(.failed, error: "no"))], worker: 1)
            try await fixture.ledger.retry(id)
            let again = try #require(try await fixture.take().first)
            #expect(again.id == id && again.epoch > job.epoch && again.attempt == 1)
            #expect(try await fixture.enqueue([.noop(uniqueKey: .init(key: "k"))])[0].isExisting)
            _ = try await fixture.ledger.finish(
                [FinishedAttempt(again, .completed(result: Array("7".utf8)))],
                worker: 1
            )
            let record = try #require(try await fixture.ledger.job(id))
            #expect(record.state == .completed && record.result == Array("7".utf8))
            let error = await #expect(throws: JobsError.self) { try await fixture.ledger.retry(id) }
            #expect(error?.code == .conflict)
        }
    }

    @Test func aRetryDoesNotStealATakenKey() async throws {
        try await LedgerFixture.with("stolen") { fixture in
            let id = try await fixture.enqueue([.noop(uniqueKey: .init(key: "k"))])[0].id
            _ = try await fixture.ledger.cancel(id)
            let other = try await fixture.enqueue([.noop(uniqueKey: .init(key: "k"))])[0]
            #expect(other.id != id)
            let error = await #expect(throws: JobsError.self) { try await fixture.ledger.retry(id) }
            #expect(error?.code == .conflict)
            #expect(try await fixture.ledger.job(id)?.state == .cancelled)
        }
    }

    @Test func stepsOfTheListWalkEveryJobOnce() async throws {
        try await LedgerFixture.with("list") { fixture in
            let jobs = try await fixture.enqueue((0..<25).map { .noop(tags: $0 % 5 == 0 ? ["five", "x"] : []) })
            var seen: [JobID] = []
            var cursor: JobID?
            repeat {
                let page = try await fixture.ledger.jobs(JobFilter(), before: cursor, limit: 7)
                seen += page.jobs.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(seen == jobs.map(\.id).reversed())
            let tagged = try await fixture.ledger.jobs(JobFilter(tag: "five"), limit: 100)
            #expect(tagged.jobs.count == 5 && tagged.jobs.allSatisfy { $0.tags == ["five", "x"] })
            #expect(try await fixture.ledger.jobs(JobFilter(state: .completed), limit: 100).jobs.isEmpty)
            #expect(try await fixture.ledger.jobs(JobFilter(state: .available), limit: 100).jobs.count == 25)
            #expect(try await fixture.ledger.jobs(JobFilter(queue: "none"), limit: 100).jobs.isEmpty)
        }
    }

    @Test func aScheduledJobWaitsForItsTime() async throws {
        try await LedgerFixture.with("scheduled") { fixture in
            let id = try await fixture.enqueue([.noop(start: .after(.seconds(3_600)))])[0].id
            #expect(try await fixture.take().isEmpty)
            #expect(try await fixture.ledger.job(id)?.state == .scheduled)
            try await fixture.ledger.retry(id)
            #expect(try await fixture.take().map(\.id) == [id])
        }
    }

    @Test func aGenerationRisesOncePerMark() async throws {
        try await LedgerFixture.with("generation") { fixture in
            let first = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<10 { group.addTask { try await fixture.ledger.busGeneration(mark: "one") } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(first == [1])
            #expect(try await fixture.ledger.busGeneration(mark: "two") == 2)
            _ = try await fixture.enqueue([.noop(), .noop()], dispatched: true, generation: 1)
            _ = try await fixture.enqueue([.noop()], dispatched: true, generation: 2)
            #expect(try await fixture.ledger.recallOthers(than: 2, limit: 100) == 2)
            #expect(try await fixture.take().allSatisfy { $0.epoch == 2 })
        }
    }

    @Test func oneWorkerLeads() async throws {
        try await LedgerFixture.with("lead") { fixture in
            #expect(try await fixture.ledger.lead(1, for: .seconds(60), lanes: []) != nil)
            #expect(try await fixture.ledger.lead(2, for: .seconds(60), lanes: []) == nil)
            #expect(try await fixture.ledger.lead(1, for: .seconds(60), lanes: []) != nil)
            try await fixture.ledger.resign(1)
            #expect(try await fixture.ledger.lead(2, for: .seconds(60), lanes: []) != nil)
        }
    }

    /// No plan of a hot statement may read a table from end to end, even when it was planned while the tables were empty.
    @Test func hotStatementsWalkIndexes() async throws {
        try await LedgerFixture.with("plans") { fixture in
            for (statement, arguments) in [
                (Ledger.pump, "'{10}', '{5}', 1, 1000000, 5"), (Ledger.take, "'{10}', '{5}', 1, 1000000, 5"),
                (Ledger.finish, "'{1}', '{1}', '{1}', '{1}', '{x}', '{null}', '{null}', 1"),
                (Ledger.sendBack, "'{1}', '{1}', '{0}', '{1}', '{null}', '{null}', 1"),
            ] {
                let types = statement.parameters.map { "\($0)".replacing("Array", with: "[]") }.joined(separator: ", ")
                let plan = try await fixture.lines(
                    "PREPARE p (\(types)) AS \(statement.sql); EXPLAIN EXECUTE p (\(arguments))"
                )
                #expect(plan.count > 3)
                for line in plan { #expect(!line.contains("Seq Scan on job"), "\(statement.name): \(line)") }
            }
        }
    }
}
