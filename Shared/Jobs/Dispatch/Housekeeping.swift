// SPDX-License-Identifier: Apache-2.0
// What the leader does now and then: partitions, expired keys, counts, litter on the bus.

internal import Logging
internal import Synchronization

/// The leader's slow work, each part at its own pace.
final class Housekeeping: Sendable {
    private enum Chore: CaseIterable {
        case depth, tallies, litter, keys, partitions
    }

    private let ledger: Ledger
    private let bus: Bus
    private let lanes: LaneBook
    private let options: WorkerOptions
    private let metrics: WorkerMetrics
    private let logger: Logger
    private let due = Mutex<[Chore: ContinuousClock.Instant]>([:])

    init(
        ledger: Ledger,
        bus: Bus,
        lanes: LaneBook,
        options: WorkerOptions,
        metrics: WorkerMetrics,
        logger: Logger
    ) {
        self.ledger = ledger
        self.bus = bus
        self.lanes = lanes
        self.options = options
        self.metrics = metrics
        self.logger = logger
    }

    /// Does the one chore that has been due longest, if any.
    func tick() async {
        let now = ContinuousClock.now
        let next = due.withLock { due in
            Chore.allCases.filter { (due[$0] ?? now) <= now }.min { (due[$0] ?? now) < (due[$1] ?? now) }
        }
        guard let chore = next else { return }
        do {
            try await perform(chore)
        } catch {
            logger.warning("housekeeping failed", metadata: ["chore": "\(chore)", "error": "\(error)"])
        }
        let took = ContinuousClock.now - now
        due.withLock { $0[chore] = .now + max(Self.interval(of: chore), took * 100) }
    }

    private static func interval(of chore: Chore) -> Duration {
        switch chore {
        case .depth: .seconds(10)
        case .litter: .seconds(15)
        case .tallies: .seconds(60)
        case .keys: .seconds(120)
        case .partitions: .seconds(3_600)
        }
    }

    private func perform(_ chore: Chore) async throws {
        switch chore {
        case .depth: try await ledger.sampleDepth()
        case .tallies: try await ledger.foldTallies()
        case .keys: try await ledger.forgetExpired()
        case .partitions:
            try await ledger.ensurePartitions()
            try await ledger.dropPartitions(olderThan: options.retentionDays)
        case .litter:
            guard let generation = bus.generation else { return }
            let age = ledger.relayDeadline + options.lease + .seconds(10)
            let lengths = try await bus.lengths(of: lanes.all, generation: generation)
            let streams = lengths.map(\.lane)
            metrics.depth.note(lengths, pending: try await bus.pending(in: streams, generation: generation))
            let cleared = try await bus.clearStale(streams, generation: generation, olderThan: age)
            if cleared > 0 { logger.debug("stale entries were cleared", metadata: ["entries": "\(cleared)"]) }
            try await bus.clearConsumers(streams, generation: generation, idleFor: .seconds(600))
        }
    }
}
