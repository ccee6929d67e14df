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
            // One that has lived for a minute is trusted, though it has not ended.
            try await fixture.run("UPDATE job_live SET dispatched_at = now() - interval '61 seconds' WHERE lane = -1")
            #expect(try await fixture.releaseSuspects(4) == 1)
            // A suspect in a queue that nobody serves keeps no other waiting.
            try await fixture.run("UPDATE job_live SET queue_id = 77, lane = 770 WHERE lane >= 0")
            #expect(try await fixture.releaseSuspects(4) == 3)
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

    @Test func oneBadJobLeavesNothingOfItsBatch() async throws {
        try await LedgerFixture.with("atomic") { fixture in
            let bad = NewJob(kind: "noop", args: [0x7B, 0x00, 0x7D])
            let error = await #expect(throws: JobsError.self) { try await fixture.enqueue([.noop(), bad, .noop()]) }
            #expect(error?.code == .invalid)
            let left = try await fixture.count("SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM job_live)")
            #expect(left == 0)
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

    @Test func oldPartitionsGoUnlessAJobIsUnfinished() async throws {
        try await LedgerFixture.with("partitions") { fixture in
            try await fixture.run(
                """
                DO $$ BEGIN
                    EXECUTE format('CREATE TABLE job_20200101 PARTITION OF job FOR VALUES FROM (%s) TO (%s)',
                        job_id_floor('2020-01-01Z'), job_id_floor('2020-01-02Z'));
                    EXECUTE format('CREATE TABLE job_20200102 PARTITION OF job FOR VALUES FROM (%s) TO (%s)',
                        job_id_floor('2020-01-02Z'), job_id_floor('2020-01-03Z'));
                    INSERT INTO job_live (id, check_at, lane, queue_id, priority, state)
                        VALUES (job_id_floor('2020-01-02T12:00Z'), now(), 10, 1, 0, 1);
                END $$
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
            try await fixture.run(
                """
                DO $$ DECLARE parent text; BEGIN
                    FOREACH parent IN ARRAY ARRAY['job', 'job_done', 'job_attempt'] LOOP
                        EXECUTE format('CREATE TABLE %s_20200101 PARTITION OF %1$s FOR VALUES FROM (%s) TO (%s)', parent,
                            job_id_floor('2020-01-01Z'), job_id_floor('2020-01-02Z'));
                    END LOOP;
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
            async let dropping: Void = fixture.ledger.dropPartitions(olderThan: 7)
            let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
            for _ in 0..<100 where try await fixture.count(waiting) == 0 { try await Task.sleep(for: .milliseconds(1)) }
            _ = try await session.simpleQuery("COMMIT")
            try await dropping
            await session.close()
            #expect(try await fixture.count("SELECT count(*) FROM job WHERE id < job_id_floor('2020-01-02Z')") == 1)
            try await fixture.run("DELETE FROM job_live")
            try await fixture.ledger.dropPartitions(olderThan: 7)
            #expect(try await fixture.count("SELECT count(*) FROM pg_class WHERE relname LIKE 'job%20200101'") == 0)
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
