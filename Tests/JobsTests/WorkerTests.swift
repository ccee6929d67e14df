// SPDX-License-Identifier: Apache-2.0
// A whole worker with a real ledger and a real bus, in one process.

import Logging
import Platform
import Postgres
import Redis
import ServiceLifecycle
import Synchronization
import Testing
import TestSupport

@testable import Jobs

@Suite(
    .enabled(if: TestDatabase.isAvailable && TestRedis.sharedURL != nil, "a test database and a test Redis are needed"),
    .timeLimit(.minutes(4))
)
struct WorkerTests {
    @Test func jobsRunAndAreRecordedOnce() async throws {
        try await WorkerFixture.with("run") { fixture in
            let jobs = try await fixture.batcher.submit(batch: (0..<300).map { .noop("\($0)") })
            try await fixture.untilFinished(jobs.count)
            #expect(fixture.log.runs.count == 300)
            #expect(Set(fixture.log.runs) == Set((0..<300).map(String.init)))
            #expect(try await fixture.count("SELECT count(*) FROM job_live") == 0)
        }
    }

    @Test func attemptsGoOnInTheirJobsTrace() async throws {
        try await WorkerFixture.with("traced") { fixture in
            let trace = try #require(
                TraceContext(
                    traceparent: "00-\(String(repeating: "ab", count: 16))-00f067aa0ba902b7-01",
                    tracestate: "vendor=x;a"
                )
            )
            var traced = NewJob(kind: "traced", args: Array("{}".utf8))
            traced.options.trace = trace
            _ = try await fixture.batcher.submit(traced)
            _ = try await fixture.batcher.submit(NewJob(kind: "traced", args: Array("{}".utf8)))
            try await fixture.untilFinished(2)
            #expect(Set(fixture.log.runs) == ["\(trace.traceID) vendor=x;a true", "- - true"])
        }
    }

    @Test func singleJobsShareCommits() async throws {
        try await WorkerFixture.with("group") { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask { _ = try await fixture.batcher.submit(.noop("\(number)")) }
                }
                try await group.waitForAll()
            }
            try await fixture.untilFinished(200)
            #expect(Set(fixture.log.runs).count == 200)
        }
    }

    /// A commit that waits for somebody else's lock holds up nobody but those in it.
    @Test func aSlowCommitHoldsUpNoOther() async throws {
        try await WorkerFixture.with("slowcommit", startsWorker: false) { fixture in
            let loop = EventLoop(name: "holder")
            defer { loop.shutdown() }
            let holder = try await PostgresSession.connect(fixture.base.database.configuration, on: loop)
            _ = try await holder.simpleQuery(
                """
                BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0;
                INSERT INTO unique_key VALUES ('taken', 1, 'infinity')
                """
            )
            async let blocked = fixture.batcher.submit(.noop(uniqueKey: .init(key: "taken")))
            try await fixture.base.database.untilSomebodyWaits()
            for number in 0..<5 { _ = try await fixture.batcher.submit(.noop("\(number)")) }
            #expect(try await fixture.count("SELECT count(*) FROM job") == 5)
            _ = try await holder.simpleQuery("ROLLBACK")
            #expect(try await !blocked.isExisting)
            await holder.close()
        }
    }

    @Test func failuresAreTriedAgainAndThenDiscarded() async throws {
        try await WorkerFixture.with("fail") { fixture in
            var job = NewJob(kind: "flaky", args: Array("2".utf8))
            job.options.retry = RetryPolicy(kind: .constant, base: .milliseconds(20), cap: .milliseconds(20))
            var hopeless = job
            hopeless.args = Array("9".utf8)
            hopeless.options.maxAttempts = 3
            let good = try await fixture.batcher.submit(job)
            let bad = try await fixture.batcher.submit(hopeless)
            try await fixture.untilFinished(2)
            let first = try #require(try await fixture.ledger.job(good.id))
            #expect(first.state == .completed && first.attempt == 3 && first.attempts.count == 2)
            let second = try #require(try await fixture.ledger.job(bad.id))
            #expect(second.state == .discarded && second.attempt == 3 && second.attempts.last?.error == "not yet")
        }
    }

    @Test func anUnknownKindFailsWithAClearError() async throws {
        try await WorkerFixture.with("unknown") { fixture in
            var job = NewJob(kind: "nobody", args: [])
            job.options.maxAttempts = 1
            let id = try await fixture.batcher.submit(job).id
            try await fixture.untilFinished(1)
            let error = try await fixture.ledger.job(id)?.attempts.first?.error ?? ""
            #expect(error.contains("no handler for kind 'nobody'"))
        }
    }

    @Test func anAttemptBeyondItsTimeoutIsCancelled() async throws {
        try await WorkerFixture.with("timeout") { fixture in
            var job = NewJob(kind: "endless", args: [])
            job.options.timeout = .milliseconds(100)
            job.options.maxAttempts = 1
            let id = try await fixture.batcher.submit(job).id
            try await fixture.untilFinished(1)
            #expect(try await fixture.ledger.job(id)?.attempts.first?.outcome == .timedOut)
        }
    }

    @Test func aRunningJobIsLeasedAndCanBeCancelled() async throws {
        try await WorkerFixture.with("cancelrun") { fixture in
            let id = try await fixture.batcher.submit(NewJob(kind: "endless", args: [])).id
            try await fixture.until("SELECT count(*) FROM job_live WHERE state = 3 AND owner IS NOT NULL", is: 1)
            #expect(try await fixture.ledger.job(id)?.state == .running)
            #expect(try await fixture.ledger.cancel(id) == .requested)
            await fixture.bus.announceCancel(id)
            try await fixture.untilFinished(1)
            #expect(try await fixture.ledger.job(id)?.state == .cancelled)
        }
    }

    @Test func delayedJobsStartWhenDue() async throws {
        try await WorkerFixture.with("delay") { fixture in
            let far = try await fixture.batcher.submit(.noop("much later", start: .after(.seconds(3_600)))).id
            #expect(try await fixture.ledger.job(far)?.state == .scheduled)
            _ = try await fixture.batcher.submit(.noop("later", start: .after(.milliseconds(1_500))))
            try await fixture.untilFinished(1)
            let early = """
                SELECT count(*) FROM job_done
                WHERE finished_at < job_id_time(id) + interval '1.5 seconds' OR finished_at > job_id_time(id) + interval '25 seconds'
                """
            #expect(try await fixture.count(early) == 0)
        }
    }

    @Test func longArgumentsComeFromTheLedger() async throws {
        try await WorkerFixture.with("long") { fixture in
            let text = "\"" + String(repeating: "x", count: 100_000) + "\""
            _ = try await fixture.batcher.submit(.noop(text))
            try await fixture.untilFinished(1)
            #expect(fixture.log.runs == [text])
        }
    }

    @Test func aNewQueueIsServedAtOnce() async throws {
        try await WorkerFixture.with("newqueue") { fixture in
            var job = NewJob.noop("q")
            job.queue = "made-just-now"
            _ = try await fixture.batcher.submit(job)
            try await fixture.untilFinished(1)
            #expect(fixture.log.runs == ["q"])
        }
    }

    @Test func waitersHearOfTheEnd() async throws {
        try await WorkerFixture.with("wait") { fixture in
            let id = try await fixture.batcher.submit(.noop("\"r\"")).id
            let record = try await fixture.watch.wait(for: id, timeout: patience)
            #expect(record?.state == .completed)
            #expect(try await fixture.watch.wait(for: JobID(rawValue: 77), timeout: patience) == nil)
        }
    }

    @Test func aLostBusGenerationDispatchesAnew() async throws {
        try await WorkerFixture.with("lostbus", startsWorker: false) { fixture in
            // Recorded as dispatched in a generation that no Redis remembers.
            let rows = try await fixture.rows((0..<50).map { .noop("\($0)") }, dispatched: true)
            _ = try await fixture.ledger.enqueue(rows, generation: 999)
            try await fixture.startWorker()
            try await fixture.untilFinished(50)
            #expect(Set(fixture.log.runs).count == 50)
        }
    }

    /// Redis gives a job to the worker, and the answer never arrives: it is read again once the connection is back, and runs once.
    @Test func aLostAnswerIsReadAgain() async throws {
        // Nor does anybody else hand it out anew, however slow the machine is.
        try await WorkerFixture.with("lostanswer", startsWorker: false, relayDeadline: .seconds(3_600)) { fixture in
            let worker = try await fixture.startWorker()
            _ = try await fixture.batcher.submit(.noop("warm"))
            try await fixture.untilFinished(1)
            let generation = try #require(fixture.bus.generation)
            let rows = try await fixture.rows([.noop("lost"), .noop("stale")], dispatched: true)
            let jobs = try await fixture.ledger.enqueue(rows, generation: generation)
            let stream = fixture.bus.streamKey(rows[0].lane, generation: generation)
            let entries = zip(rows, jobs).map { row, job in
                ClaimedJob(
                    id: job.id,
                    epoch: row.job.args == Array("stale".utf8) ? 7 : 1,
                    attempt: 1,
                    lane: row.lane,
                    dispatchedAt: job.id.acceptedAtMilliseconds * 1_000,
                    kind: row.job.kind,
                    options: row.storedOptions,
                    args: row.job.args
                )
            }
            var commands = [RedisCommand("MULTI")]
            for entry in entries {
                var add = RedisCommand("XADD")
                for word in [stream, "*", "j"] { add.append(word) }
                add.append(entry.wire)
                commands.append(add)
            }
            // In one step with the addition, or the waiting worker would get them.
            commands.append(RedisCommand("XREADGROUP", "GROUP", Bus.group, String(worker.id), "STREAMS", stream, ">"))
            commands.append(RedisCommand("EXEC"))
            let done = try await fixture.client.pipeline(commands)
            #expect(done.last?.array?.last?.array?.count == 1)
            try await fixture.cutIntake()
            try await fixture.until("SELECT count(*) FROM job_done", is: 2)
            #expect(fixture.log.runs == ["warm", "lost"])
            #expect(try await fixture.count("SELECT losses FROM job_done ORDER BY id DESC LIMIT 1") == 0)
            #expect(try await fixture.count("SELECT epoch FROM job_done ORDER BY id DESC LIMIT 1") == 1)
            // Entries are cleared away after the commit that the count above has seen.
            try await eventually("the entries are cleared away") {
                try await fixture.client.send(RedisCommand("XPENDING", stream, Bus.group)).array?.first?.int == 0
            }
        }
    }

    @Test func aBacklogLargerThanTheWindowDrains() async throws {
        try await WorkerFixture.with("backlog", startsWorker: false, window: 200) { fixture in
            for _ in 0..<3 { _ = try await fixture.batcher.submit(batch: (0..<1_000).map { .noop("\($0)") }) }
            try await eventually("what was too much for the window is back in the ledger") {
                try await fixture.count("SELECT count(*) FROM job_live WHERE lane >= 0") >= 2_900
            }
            try await fixture.startWorker()
            try await fixture.untilFinished(3_000)
        }
    }

    /// Redis gives a waiting worker one job of each lane where jobs came to several of them just before the wait.
    @Test(arguments: 0..<6) func aNarrowWorkerTakesNoMoreThanItRuns(round: Int) async throws {
        try await WorkerFixture.with("narrow", concurrency: 2) { fixture in
            try await fixture.disturbIntake {
                let jobs = (0..<40).map { NewJob(kind: "endless", args: [], priority: $0 % 10) }
                _ = try await fixture.batcher.submit(batch: jobs)
            }
            try await fixture.until("SELECT count(*) FROM job_live WHERE state = 3", is: 2)
            // Leases are taken within a second of the taking; by then anything too much would show.
            try await fixture.until(
                "SELECT (now() > min(dispatched_at) + interval '2 seconds')::int FROM job_live",
                is: 1
            )
            #expect(try await fixture.count("SELECT count(*) FROM job_live WHERE state = 3") == 2)
        }
    }

    @Test func shutdownGivesBackWhatItCannotFinish() async throws {
        try await WorkerFixture.with("drain", drain: .milliseconds(300)) { fixture in
            for _ in 0..<3 { _ = try await fixture.batcher.submit(NewJob(kind: "endless", args: [])) }
            try await fixture.until("SELECT count(*) FROM job_live WHERE state = 3", is: 3)
            await fixture.stopWorker()
            let given = "SELECT count(*) FROM job_live WHERE lane >= 0 AND attempt = 0 AND losses = 0 AND epoch > 1"
            #expect(try await fixture.count(given) == 3)
            #expect(try await fixture.count("SELECT count(*) FROM worker") == 0)
        }
    }
}
