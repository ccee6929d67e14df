// SPDX-License-Identifier: Apache-2.0
// Between the commit and the bus: jobs that the ledger has recorded as dispatched, on their way to Redis after the client has its answer.

public import Logging
public import ServiceLifecycle

/// Puts recorded jobs on the bus.
public final class BusPublisher: Service {
    private struct Item: Sendable {
        var job: ClaimedJob
        var generation: Int32
    }

    private let bus: Bus
    private let ledger: Ledger
    private let logger: Logger
    private let queue = BatchQueue<Item>(limit: 100_000)

    /// Creates a publisher.
    public init(bus: Bus, ledger: Ledger, logger: Logger) {
        self.bus = bus
        self.ledger = ledger
        self.logger = logger
    }

    /// Accepts jobs; those that do not fit stay recorded as dispatched, and the sweeper hands them out after the relay deadline.
    func publish(_ jobs: [ClaimedJob], generation: Int32) {
        guard !jobs.isEmpty else { return }
        _ = queue.append(jobs.map { Item(job: $0, generation: generation) })
    }

    /// Publishes until graceful shutdown, then what is left.
    public func run() async throws {
        await withGracefulShutdownHandler {
            while let batch = await queue.next(max: 1_000) {
                for (generation, items) in Dictionary(grouping: batch, by: \.generation) {
                    await publishBatch(items.map(\.job), generation: generation)
                }
            }
        } onGracefulShutdown: {
            self.queue.close()
        }
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
