// SPDX-License-Identifier: Apache-2.0
// Martlet: hands notifications that were recorded over as jobs.

internal import FoundationEssentials
internal import Jobs
internal import Logging
internal import Platform
internal import ServiceLifecycle

/// Makes a job of each recorded notification that has none. Any number of copies does no harm: the job has a unique key.
struct Outbox: Service {
    private let store: HealthStore
    private let ledger: Ledger
    private let isLeading: @Sendable () -> Bool
    private let logger: Logger
    private let wake: Signal

    /// Notifications handed over at once.
    static let batch = 100

    init(
        store: HealthStore,
        ledger: Ledger,
        wake: Signal,
        logger: Logger,
        isLeading: @escaping @Sendable () -> Bool
    ) {
        self.store = store
        self.ledger = ledger
        self.wake = wake
        self.logger = logger
        self.isLeading = isLeading
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var isFull = false
                if isLeading() {
                    do { isFull = try await handOver() == Self.batch } catch {
                        logger.debug("notifications wait for the ledger", metadata: ["error": "\(error)"])
                    }
                }
                if !isFull { await wake.wait(timeout: .seconds(2)) }
            }
        }
    }

    /// Hands over what is waiting; returns how many.
    func handOver() async throws -> Int {
        let waiting = try await store.waitingNotifications(Self.batch)
        guard !waiting.isEmpty else { return 0 }
        let queue = try await ledger.queueNumber(NotifyHandler.queue)
        var rows: [LedgerRow] = []
        for (id, dueAt) in waiting {
            let args = try JSONEncoder().encode(NotifyHandler.Arguments(notification: id))
            var options = JobOptions(maxAttempts: 30)
            options.timeout = .seconds(60)
            let job = NewJob(
                kind: NotifyHandler.kind,
                args: Array(args),
                queue: NotifyHandler.queue,
                start: dueAt > .now() ? .at(microseconds: dueAt.microseconds) : .now,
                options: options,
                uniqueKey: .init(key: "health.notify/\(id)", duration: .seconds(7 * 86_400))
            )
            rows.append(LedgerRow(job: job, queue: queue, isDispatched: false))
        }
        let answers = try await ledger.enqueue(rows, generation: 0)
        try await store.note(jobs: Array(zip(waiting.map(\.id), answers.map(\.id.rawValue))))
        return waiting.count
    }
}
