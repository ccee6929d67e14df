// SPDX-License-Identifier: Apache-2.0
// Recording ended attempts, many to one commit. An attempt keeps its place in the worker's hands until its end is recorded, which is the back-pressure
// while PostgreSQL is away.

internal import Logging
internal import Platform
internal import Synchronization

/// Writes ended attempts to the ledger in batches, for as long as it takes.
final class CompletionBatcher: Sendable {
    private let ledger: Ledger
    private let bus: Bus
    private let worker: Int64
    private let metrics: WorkerMetrics
    private let logger: Logger
    /// Bounded by the worker, which takes no more jobs while too many ends are unrecorded.
    private let queue = BatchQueue<Completion>(limit: .max)
    private let onRecorded: @Sendable ([Fence]) -> Void

    private static let largestBatch = 1_000
    private static let commits = 2

    init(
        ledger: Ledger,
        bus: Bus,
        worker: Int64,
        metrics: WorkerMetrics,
        logger: Logger,
        onRecorded: @escaping @Sendable ([Fence]) -> Void
    ) {
        self.ledger = ledger
        self.bus = bus
        self.worker = worker
        self.metrics = metrics
        self.logger = logger
        self.onRecorded = onRecorded
    }

    func add(_ completions: some Collection<Completion>) {
        queue.put(completions)
    }

    /// Ends `run` once everything is written.
    func close() {
        queue.close()
    }

    /// Writes until closed and empty, or cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<Self.commits {
                group.addTask {
                    while let batch = await self.queue.next(max: Self.largestBatch) { await self.record(batch) }
                }
            }
        }
    }

    private func record(_ batch: [Completion]) async {
        var pause: Duration = .milliseconds(50)
        var isRepetition = false
        while !Task.isCancelled {
            do {
                let counted = try await ledger.finish(batch.map(\.attempt), worker: worker)
                await settle(batch, counted: counted, isRepetition: isRepetition)
                return
            } catch  where error.code == .invalid {
                await recordSingly(batch, error)
                return
            } catch {
                logger.debug("ends of attempts could not be recorded yet", metadata: ["error": "\(error)"])
                // Recording the same ends again is harmless: rows that are gone do not match.
                isRepetition = true
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
        onRecorded(batch.map(\.fence))
    }

    /// One result that the ledger refuses must not hold up the others; its own attempt ends as discarded.
    private func recordSingly(_ batch: [Completion], _ error: JobsError) async {
        guard batch.count == 1, var only = batch.first else {
            for completion in batch { await record([completion]) }
            return
        }
        logger.warning("the ledger refused a result", metadata: ["job_id": "\(only.attempt.id)", "error": "\(error)"])
        guard case .completed = only.attempt.result else {
            onRecorded([only.fence])
            return
        }
        only.attempt.result = .discarded(.failed, error: "the result is not text that the ledger can hold")
        await record([only])
    }

    private func settle(_ batch: [Completion], counted: Set<JobID>, isRepetition: Bool) async {
        metrics.completionBatch.observe(Double(batch.count))
        if counted.count < batch.count, !isRepetition { metrics.stale.add(batch.count - counted.count) }
        onRecorded(batch.map(\.fence))
        await bus.announceFinished(
            batch.filter { $0.attempt.outcome != nil && counted.contains($0.attempt.id) }.map(\.attempt.id)
        )
        await bus.remove(batch.compactMap(\.place))
    }
}
