// SPDX-License-Identifier: Apache-2.0
// Between the commit and the bus: jobs that the ledger has recorded as dispatched, on their way to Redis after the client has its answer.

public import Logging
public import ServiceLifecycle

/// Puts recorded jobs on the bus.
public final class BusPublisher: Service {
    private enum Item: Sendable {
        case job(ClaimedJob, generation: Int32)
        case newQueue
    }

    private let bus: Bus
    private let ledger: Ledger
    private let logger: Logger
    private let queue = BatchQueue<Item>(limit: 100_000)

    private static let largestBatch = 1_000
    /// From how many jobs at once on there is load.
    private static let busy = 8
    private static let pause: Duration = .milliseconds(5)

    /// Creates a publisher.
    public init(bus: Bus, ledger: Ledger, logger: Logger) {
        self.bus = bus
        self.ledger = ledger
        self.logger = logger
    }

    /// Accepts jobs; those that do not fit stay recorded as dispatched, and the sweeper hands them out after the relay deadline.
    func publish(_ jobs: [ClaimedJob], generation: Int32) {
        guard !jobs.isEmpty else { return }
        _ = queue.append(jobs.map { .job($0, generation: generation) })
    }

    /// Has the workers told of a new queue; nobody waits for that, since Redis may hang.
    func announceQueues() {
        _ = queue.append(CollectionOfOne(.newQueue))
    }

    /// Publishes until graceful shutdown, then what is left.
    public func run() async throws {
        await withGracefulShutdownHandler {
            while let batch = await queue.next(max: Self.largestBatch) {
                await publish(batch)
                // Nobody waits for it: under load a moment's pause makes few large hand-overs of many small ones.
                if batch.count >= Self.busy { try? await Task.sleep(for: Self.pause) }
            }
        } onGracefulShutdown: {
            self.queue.close()
        }
    }

    private func publish(_ batch: [Item]) async {
        var jobs: [Int32: [ClaimedJob]] = [:]
        var hasNewQueue = false
        for item in batch {
            switch item {
            case .job(let job, let generation): jobs[generation, default: []].append(job)
            case .newQueue: hasNewQueue = true
            }
        }
        if hasNewQueue { await bus.announceQueues() }
        for (generation, jobs) in jobs { await publishBatch(jobs, generation: generation) }
    }

    private func publishBatch(_ jobs: [ClaimedJob], generation: Int32) async {
        let refused = await bus.publish(jobs, generation: generation)
        guard !refused.isEmpty else { return }
        do {
            try await ledger.recall(refused.map { ($0.id, $0.epoch) })
        } catch {
            logger.debug("refused jobs stay dispatched until their relay deadline", metadata: ["error": "\(error)"])
        }
    }
}
