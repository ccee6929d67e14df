// SPDX-License-Identifier: Apache-2.0
// The sweeper: hands out what is due, and hands out anew what went silent. Right with any number of copies, since every row is picked with SKIP LOCKED and
// every change is guarded; the lead only saves work.

internal import Logging
internal import Platform
internal import Redis
internal import Synchronization

/// One worker's sweeper; it works while this worker leads.
final class Sweeper: Sendable {
    private let ledger: Ledger
    private let bus: Bus
    private let lanes: LaneBook
    private let options: WorkerOptions
    private let worker: Int64
    private let metrics: WorkerMetrics
    private let logger: Logger
    private let housekeeping: Housekeeping
    /// How many suspects the next batch may have.
    private let suspects = Mutex(1)

    /// How long the lead lasts without renewal.
    private static let term: Duration = .seconds(5)
    private static let tick: Duration = .seconds(1)
    private static let batch = 1_000

    init(
        ledger: Ledger,
        bus: Bus,
        lanes: LaneBook,
        options: WorkerOptions,
        worker: Int64,
        metrics: WorkerMetrics,
        logger: Logger
    ) {
        self.ledger = ledger
        self.bus = bus
        self.lanes = lanes
        self.options = options
        self.worker = worker
        self.metrics = metrics
        self.logger = logger
        housekeeping = Housekeeping(
            ledger: ledger,
            bus: bus,
            lanes: lanes,
            options: options,
            metrics: metrics,
            logger: logger
        )
    }

    /// Sweeps until cancelled.
    func run() async {
        var swept = SweptGeneration()
        while !Task.isCancelled {
            var pause = Self.tick
            do {
                if let agenda = try await ledger.lead(worker, for: Self.term, lanes: lanes.all) {
                    pause = try await sweep(agenda, &swept)
                    await housekeeping.tick()
                } else {
                    pause = .seconds(2)
                }
            } catch {
                logger.debug("a sweep failed", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Which bus generation this sweeper has taken all other generations' rows back for.
    private struct SweptGeneration {
        var generation: Int32?
        var at: ContinuousClock.Instant = .now
    }

    private func sweep(_ agenda: Ledger.Agenda, _ swept: inout SweptGeneration) async throws -> Duration {
        // Whatever is wrong with silent rows, those that are due must go on.
        do {
            if let wait = agenda.inFlight, wait <= 0 { try await sweepSilent() }
            try await release(agenda)
        } catch {
            logger.warning("silent jobs could not be looked after", metadata: ["error": "\(error)"])
        }
        guard let generation = bus.generation else { return Self.tick }
        if swept.generation != generation {
            try await recallOthers(than: generation)
            if let old = swept.generation { await bus.clearGeneration(old, lanes: lanes.all) }
            swept = SweptGeneration(generation: generation)
        }
        let due = agenda.waiting.filter { $0.value <= 0 }.keys
        if !due.isEmpty { return try await pump(Array(due), generation: generation) }
        let next = agenda.waiting.values.min() ?? .max
        return min(Self.tick, .microseconds(max(1_000, min(next, 1_000_000))))
    }

    /// Lets suspects out: one at first, then twice as many each time that a batch has ended without a loss.
    private func release(_ agenda: Ledger.Agenda) async throws {
        guard agenda.hasSuspects else { return }
        // A suspect in a queue that nobody serves, or behind a full stream, would keep all others waiting.
        let queues = try await ledger.servedQueues()
        var served = lanes.all.filter { queues.contains($0.queue) }
        if let generation = bus.openGeneration {
            let room = await bus.room(in: served, generation: generation)
            served = room.filter { $0.count >= bus.refillStep }.map(\.lane)
        }
        let limit = suspects.withLock { $0 }
        let released = try await ledger.releaseSuspects(
            limit,
            lastLife: options.maxLosses - 1,
            in: served,
            trial: max(.seconds(60), options.lease * 2)
        )
        guard released > 0 else { return }
        suspects.withLock { $0 = min(limit * 2, Self.batch) }
        logger.debug("suspects were let out", metadata: ["jobs": "\(released)"])
    }

    /// Moves due rows to the bus as it empties, for one tick: the lead is renewed between ticks.
    ///
    /// - Returns: How long to wait before the next look.
    private func pump(_ lanes: [Lane], generation: Int32) async throws -> Duration {
        let began = ContinuousClock.now
        var wait: Duration = .milliseconds(2)
        while ContinuousClock.now - began < Self.tick, !Task.isCancelled {
            let room = await bus.room(in: lanes, generation: generation)
            // No worker serves these lanes, or the bus is away or full: then workers take from the ledger.
            guard !room.isEmpty else { return Self.tick }
            let open = room.filter { $0.count >= bus.refillStep }
            if open.isEmpty {
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, .milliseconds(100))
                continue
            }
            wait = .milliseconds(2)
            let (moved, refused) = try await handOver(shares(of: open), generation: generation)
            guard moved > 0 else { return .milliseconds(1) }
            metrics.pumped.add(moved)
            if refused > 0 { return .milliseconds(100) }
        }
        return .milliseconds(1)
    }

    /// Marks rows as dispatched and puts them on the bus, as one step that cancellation does not cut in two: rows that are marked and that no
    /// stream bears would count as lost later.
    private func handOver(
        _ room: [(lane: Lane, count: Int)],
        generation: Int32
    ) async throws -> (moved: Int, refused: Int) {
        // The task is awaited at once; all that it does is to keep the cancellation out.
        try await Task { [ledger, bus] in
            let jobs = try await ledger.pump(room, generation: generation)
            let refused = await bus.publish(jobs, generation: generation)
            if !refused.isEmpty { try await ledger.recall(refused.map { ($0.id, $0.epoch) }) }
            return (jobs.count, refused.count)
        }.value
    }

    /// Shares one batch among the lanes, so that no queue waits for another's backlog.
    private func shares(of room: [(lane: Lane, count: Int)]) -> [(lane: Lane, count: Int)] {
        let share = max(1, Self.batch / room.count)
        return room.map { ($0.lane, min($0.count, share)) }
    }

    private func sweepSilent() async throws {
        let silent = try await ledger.silentJobs(limit: Self.batch)
        guard !silent.isEmpty else { return }
        var lost = silent.filter(\.isRunning)
        var waiting: [SilentJob] = []
        var vanished: [SilentJob] = []
        var handedOver = silent.filter { !$0.isRunning }
        var progress: [Lane: StreamProgress] = [:]
        if !handedOver.isEmpty, let generation = bus.generation {
            do {
                progress = try await bus.progress(in: Array(Set(handedOver.map(\.lane))), generation: generation)
            } catch {
                // Ended leases must not wait for an answer of Redis; what was dispatched is looked at by the next sweep.
                logger.debug("the streams can't be looked at", metadata: ["error": "\(error)"])
                handedOver = []
            }
        }
        for job in handedOver {
            switch progress[job.lane]?.whereabouts(ofJobFrom: job.age) {
            case .waiting: waiting.append(job)
            case .read: lost.append(job)
            // The bus is away, or has lost it: that is nobody's fault, least of all the job's.
            case .vanished, nil: vanished.append(job)
            }
        }
        if !waiting.isEmpty { try await ledger.postpone(waiting) }
        if !vanished.isEmpty {
            try await ledger.recall(vanished.map { ($0.id, $0.epoch) })
            metrics.recalled.add(vanished.count)
        }
        guard !lost.isEmpty else { return }
        let (back, ended) = try await lose(lost)
        if back + ended > 0 { suspects.withLock { $0 = 1 } }
        metrics.redispatched.add(back)
        metrics.poisoned.add(ended)
        if ended > 0 { logger.warning("jobs were discarded as poison pills", metadata: ["jobs": "\(ended)"]) }
        logger.debug("lost jobs go back to their lanes", metadata: ["jobs": "\(back)"])
    }

    /// Counts losses, all at once; row by row when one of them is refused, so that it holds up no other.
    private func lose(_ jobs: [SilentJob]) async throws(JobsError) -> (back: Int, ended: Int) {
        do {
            return try await ledger.lose(jobs, limit: options.maxLosses)
        } catch  where error.code == .invalid && jobs.count > 1 {
            var total = (back: 0, ended: 0)
            for job in jobs {
                do throws(JobsError) {
                    let one = try await ledger.lose([job], limit: options.maxLosses)
                    total = (total.back + one.back, total.ended + one.ended)
                } catch {
                    logger.error(
                        "a lost job could not be moved",
                        metadata: ["job_id": "\(job.id)", "error": "\(error)"]
                    )
                }
            }
            return total
        }
    }

    private func recallOthers(than generation: Int32) async throws {
        var total = 0
        while !Task.isCancelled {
            let count = try await ledger.recallOthers(than: generation, limit: Self.batch)
            total += count
            if count < Self.batch { break }
        }
        metrics.recalled.add(total)
        if total > 0 {
            logger.info(
                "jobs of older bus generations are dispatched anew",
                metadata: ["jobs": "\(total)", "generation": "\(generation)"]
            )
        }
    }
}
