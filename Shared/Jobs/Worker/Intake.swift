// SPDX-License-Identifier: Apache-2.0
// Where a worker's jobs come from: the bus, or the ledger itself while the bus is away or full.

internal import Logging
internal import Platform
internal import Redis
internal import Synchronization

/// Feeds a worker.
final class Intake: Sendable {
    private let bus: Bus
    private let ledger: Ledger
    private let runner: JobRunner
    private let lanes: LaneBook
    private let options: WorkerOptions
    private let worker: Int64
    private let metrics: WorkerMetrics
    private let logger: Logger
    private let connection: RedisBlockingConnection
    private let phase = Mutex(Phase.working)

    private enum Phase {
        case working, stopping, ended
    }

    private static let block: Duration = .milliseconds(2_000)
    /// How often the ledger is asked for work while the bus is away and the last answer was empty.
    private static let takeInterval: Duration = .milliseconds(500)

    init(
        bus: Bus,
        ledger: Ledger,
        runner: JobRunner,
        lanes: LaneBook,
        options: WorkerOptions,
        worker: Int64,
        metrics: WorkerMetrics,
        logger: Logger
    ) {
        self.bus = bus
        self.ledger = ledger
        self.runner = runner
        self.lanes = lanes
        self.options = options
        self.worker = worker
        self.metrics = metrics
        self.logger = logger
        connection = bus.client.makeBlockingReader()
    }

    /// Takes jobs until stopped or cancelled.
    func run() async {
        defer { phase.withLock { $0 = .ended } }
        var reader: BusReader?
        // Whether an answer may have been lost on its way, with jobs that Redis believes to be here.
        var missesAnswers = false
        while !Task.isCancelled, phase.withLock({ $0 == .working }) {
            let capacity = runner.capacity
            guard capacity > 0 else {
                await runner.waitForRoom(timeout: .milliseconds(250))
                continue
            }
            guard let generation = bus.generation else {
                await takeFromLedger(capacity)
                continue
            }
            do {
                let present = try await self.reader(reader, generation: generation)
                reader = present
                if missesAnswers {
                    try await recover(present)
                    missesAnswers = false
                    continue
                }
                try await readFromBus(present, capacity)
            } catch {
                reader = nil
                missesAnswers = true
                // The name may lead to another server by now.
                connection.reset()
                logger.debug("the bus gave nothing", metadata: ["error": "\(error)"])
                await bus.check()
                if bus.isOpen { try? await Task.sleep(for: .milliseconds(100)) } else { await takeFromLedger(capacity) }
            }
        }
        connection.close()
    }

    /// Ends the intake between two reads: a read that is cut off may have taken jobs that nobody holds then.
    func stop() async {
        phase.withLock { if $0 == .working { $0 = .stopping } }
        let deadline = ContinuousClock.now + Self.block + .seconds(1)
        while phase.withLock({ $0 != .ended }), ContinuousClock.now < deadline {
            await interrupt()
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends a wait for the bus, so that a new queue is noticed at once.
    func interrupt() async {
        guard let id = connection.clientID else { return }
        _ = try? await bus.client.send(RedisCommand("CLIENT", "UNBLOCK", String(id)))
    }

    /// The reader in use, or a new one when the lanes or the generation have changed.
    private func reader(_ present: BusReader?, generation: Int32) async throws(RedisError) -> BusReader {
        var lanes = lanes.all
        // A full server makes no streams, and what is in those that it has must not wait for memory.
        let isOpen = bus.isOpen
        if !isOpen { lanes = try await bus.lengths(of: lanes, generation: generation).map(\.lane) }
        if let present, present.reads(lanes, generation: generation) { return present }
        if isOpen { try await bus.prepare(lanes, generation: generation) }
        return BusReader(lanes, of: bus, generation: generation, consumer: String(worker), over: connection)
    }

    private func readFromBus(_ reader: BusReader, _ capacity: Int) async throws(RedisError) {
        var deliveries: [Delivery] = []
        if !reader.lanes.isEmpty { deliveries = try await reader.fetch(capacity) }
        if deliveries.isEmpty {
            // What a full bus holds comes first, and nothing is added to it.
            guard bus.isOpen else { return await takeFromLedger(capacity) }
            guard !reader.lanes.isEmpty else {
                try? await Task.sleep(for: .milliseconds(50))
                return
            }
            deliveries = try await reader.wait(Self.block)
        }
        runner.admit(await withArgs(deliveries), room: capacity)
    }

    /// Takes in what Redis has sent to this worker and what never arrived here.
    ///
    /// Jobs in hand are among it, and ends that are recorded and not yet cleared away: whatever is not in hand is run only if the ledger still knows it under
    /// its epoch, and gets its lease in the same statement.
    private func recover(_ reader: BusReader) async throws {
        for lane in reader.lanes {
            var place: StreamEntryID? = .zero
            while let start = place {
                let page = try await reader.pending(lane, after: start)
                place = page.next
                let unheld = runner.unheld(page.deliveries)
                guard !unheld.isEmpty else { continue }
                let hold = try await ledger.hold(unheld.map(\.fence), owner: worker, lease: options.lease)
                let ours = unheld.filter { hold.held.contains($0.fence) }
                runner.admit(await withArgs(ours))
                await bus.remove(unheld.filter { !hold.held.contains($0.fence) }.compactMap(\.entry))
                metrics.recovered.add(ours.count)
            }
        }
    }

    /// Reads long arguments from the ledger; jobs whose arguments can't be had now are given back, for nobody was lost over them.
    private func withArgs(_ deliveries: [Delivery]) async -> [Delivery] {
        let ids = deliveries.filter { $0.job.args == nil }.map(\.job.id)
        guard !ids.isEmpty else { return deliveries }
        let found = (try? await ledger.args(of: ids)) ?? [:]
        return deliveries.compactMap { delivery in
            guard delivery.job.args == nil else { return delivery }
            var complete = delivery
            complete.job.args = found[delivery.job.id]
            if complete.job.args == nil { runner.giveBack(delivery) }
            return complete.job.args == nil ? nil : complete
        }
    }

    private func takeFromLedger(_ capacity: Int) async {
        // Whoever called may have waited for Redis meanwhile.
        guard phase.withLock({ $0 == .working }) else { return }
        do {
            let jobs = try await ledger.take(
                min(capacity, 500),
                from: lanes.all,
                owner: worker,
                lease: options.lease
            )
            metrics.taken.add(jobs.count)
            runner.admit(jobs.sorted { $0.lane.priority < $1.lane.priority }.map { Delivery(job: $0, entry: nil) })
            // A full answer means there is more; the pause keeps the rate bounded all the same.
            try? await Task.sleep(for: jobs.isEmpty ? Self.takeInterval : .milliseconds(20))
        } catch {
            logger.debug("neither the bus nor the ledger gives work", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: Self.takeInterval)
        }
    }
}
