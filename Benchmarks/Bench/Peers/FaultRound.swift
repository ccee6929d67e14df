// SPDX-License-Identifier: Apache-2.0
// Martlet: one round with a fault at half-time.

import Redis

/// Enqueues jobs that record their runs, lets half of them run, does harm, and counts what became of the rest.
struct FaultRound: Sendable {
    private let lab: Lab
    private let queue: any PeerQueue
    private let fault: PeerFault
    private let jobs: Int
    private let record: RunRecord

    /// The same for all, and low enough that each place holds a job when the fault comes.
    private static let concurrency = 10
    private static let jobSeconds = 0.02
    /// Every lease here ends after 30 s; a queue that has not come back after three of them will not.
    private static let patience: Duration = .seconds(90)
    /// How long to wait for a queue whose store says that nothing is left.
    private static let patienceWhenEmpty: Duration = .seconds(10)

    init(_ lab: Lab, _ queue: any PeerQueue, _ fault: PeerFault) {
        self.lab = lab
        self.queue = queue
        self.fault = fault
        jobs = lab.options.isQuick ? 1_000 : 5_000
        record = RunRecord(path: lab.folder.path("\(queue.name).\(fault.rawValue).runs"))
    }

    func run() async throws -> PeerResult.FaultOutcome {
        let outcome = try await queue.with(lab) { store in
            _ = try await store.enqueue(jobs, isRecorded: true)
            let work = PeerWork(concurrency: Self.concurrency, record: record.path, seconds: Self.jobSeconds)
            var worker = try await store.startWorker(work)
            do {
                try await waitForHalf(worker)
                let at = ContinuousClock.now
                switch fault {
                case .workerKilled:
                    await worker.killNow()
                    worker = try await store.startWorker(work)
                case .redisFlushed: _ = try await lab.redis.send(RedisCommand("FLUSHALL"))
                }
                let outcome = try await waitForRest(store, since: at)
                await worker.stop()
                return outcome
            } catch {
                await worker.killNow()
                throw error
            }
        }
        Progress.say(
            "\(queue.name), \(fault.title): lost \(outcome.lost) of \(outcome.jobs), ran again \(outcome.repeated), "
                + "last run after \(shortNumber(outcome.secondsToLastRun)) s"
        )
        return outcome
    }

    private func waitForHalf(_ worker: ChildProcess) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while record.runs().distinct < jobs / 2 {
            guard ContinuousClock.now < deadline, worker.exitStatus == nil else {
                throw BenchError(.program, "\(queue.name) did not run half of the jobs")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func waitForRest(_ store: any PeerStore, since fault: ContinuousClock.Instant) async throws
        -> PeerResult.FaultOutcome
    {
        var seen = record.runs()
        var changedAt = ContinuousClock.now
        while seen.distinct < jobs {
            try await Task.sleep(for: .milliseconds(50))
            let runs = record.runs()
            if runs != seen { (seen, changedAt) = (runs, ContinuousClock.now) }
            let silence = ContinuousClock.now - changedAt
            if silence > Self.patience { break }
            if silence > Self.patienceWhenEmpty, try await store.finished(of: jobs) >= jobs { break }
        }
        let lost = jobs - seen.distinct
        return PeerResult.FaultOutcome(
            fault: self.fault,
            jobs: jobs,
            lost: lost,
            repeated: seen.all - seen.distinct,
            secondsToLastRun: (changedAt - fault).seconds,
            secondsOfSilence: lost > 0 ? (ContinuousClock.now - changedAt).seconds : nil
        )
    }
}
