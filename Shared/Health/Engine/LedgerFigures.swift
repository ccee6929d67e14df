// SPDX-License-Identifier: Apache-2.0
// Martlet: what the ledger knows for the aggregator's metrics: notifications that wait, and when heartbeats came.

internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import Synchronization

/// Reads a few figures every 15 s, and keeps them for the scrapes until then; what is older than a minute is not shown.
final class LedgerFigures: Service {
    /// What was read, by the ledger's clock.
    struct Figures: Sendable, Equatable {
        /// Notifications that are due, not told, and not handed over as jobs.
        var waiting: Int
        /// How old the last report of each heartbeat was.
        var heartbeats: [String: Duration]
    }

    static let interval: Duration = .seconds(15)
    static let longestAge: Duration = .seconds(60)

    private struct Sample {
        var figures: Figures
        var readAt: ContinuousClock.Instant
    }

    private let store: HealthStore
    private let logger: Logger
    private let sample = Mutex<Sample?>(nil)

    init(store: HealthStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func run() async throws {
        await repeating(every: Self.interval) { await self.read() }
    }

    func read() async {
        do throws(HealthError) {
            let figures = try await store.figures()
            sample.withLock { $0 = Sample(figures: figures, readAt: .now) }
        } catch {
            logger.debug("the ledger's figures were not read", metadata: ["error": "\(error)"])
        }
    }

    /// What was read last, as old as it is now; nil when nothing was read for a minute.
    func current(_ now: ContinuousClock.Instant = .now) -> Figures? {
        guard let sample = sample.withLock({ $0 }), now - sample.readAt <= Self.longestAge else { return nil }
        var figures = sample.figures
        figures.heartbeats = figures.heartbeats.mapValues { $0 + (now - sample.readAt) }
        return figures
    }
}
