// SPDX-License-Identifier: Apache-2.0
// Group commit: concurrent requests share one transaction, and each is answered after it has committed.

public import Logging
public import ServiceLifecycle

/// Takes new jobs into the ledger, many callers to one commit, and puts them on the bus.
public final class EnqueueBatcher: Service {
    private struct Item: Sendable {
        var job: NewJob
        var queue: Int32
        var answer: CheckedContinuation<Result<EnqueuedJob, JobsError>, Never>
    }

    private let ledger: Ledger
    private let bus: Bus
    private let publisher: BusPublisher
    private let logger: Logger
    private let queue: BatchQueue<Item>
    private let flushers: Int

    /// Most jobs in one statement of the group commit.
    private static let largestBatch = 1_000

    /// Creates a batcher.
    ///
    /// - Parameters:
    ///   - flushers: How many commits may be under way at once; 2 by default, so that one gathers while the other waits for the disk.
    ///   - limit: Most jobs that may wait; beyond that callers get `.overloaded`.
    public init(
        ledger: Ledger,
        bus: Bus,
        publisher: BusPublisher,
        flushers: Int = 2,
        limit: Int = 20_000,
        logger: Logger
    ) {
        self.ledger = ledger
        self.bus = bus
        self.publisher = publisher
        self.flushers = max(1, flushers)
        self.logger = logger
        queue = BatchQueue(limit: limit)
    }

    /// How many jobs wait for a commit.
    public var waiting: Int { queue.count }

    /// Records one job; returns after the commit.
    public func submit(_ job: NewJob) async throws(JobsError) -> EnqueuedJob {
        let number = try await queueNumber(job.queue)
        let result = await withCheckedContinuation { continuation in
            let item = Item(job: job, queue: number, answer: continuation)
            if !queue.append(CollectionOfOne(item)) {
                continuation.resume(
                    returning: .failure(JobsError(.overloaded, "too many jobs are waiting to be recorded"))
                )
            }
        }
        return try result.get()
    }

    /// Records jobs in one transaction of their own, all or none; returns after the commit.
    public func submit(batch: [NewJob]) async throws(JobsError) -> [EnqueuedJob] {
        let (rows, generation) = dispatched(batch, queues: try await queueNumbers(batch))
        let jobs = try await ledger.enqueue(rows, generation: generation)
        publish(rows, jobs, generation: generation)
        return jobs
    }

    /// Records jobs under an idempotency key, all or none; a repetition is answered with the first request's jobs.
    public func submit(_ batch: [NewJob], key: String, fingerprint: [UInt8]) async throws(JobsError)
        -> (jobs: [EnqueuedJob], isRepeat: Bool)
    {
        let (rows, generation) = dispatched(batch, queues: try await queueNumbers(batch))
        let answer = try await ledger.enqueue(rows, key: key, fingerprint: fingerprint, generation: generation)
        if !answer.isRepeat { publish(rows, answer.jobs, generation: generation) }
        return answer
    }

    /// Commits batches until graceful shutdown, then what is left.
    public func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for _ in 0..<flushers {
                    group.addTask {
                        while let batch = await self.queue.next(max: Self.largestBatch) { await self.flush(batch) }
                    }
                }
            }
        } onGracefulShutdown: {
            self.queue.close()
        }
    }

    private func flush(_ batch: [Item]) async {
        let (rows, generation) = dispatched(batch.map(\.job), queues: batch.map(\.queue))
        do {
            let jobs = try await ledger.enqueue(rows, generation: generation)
            for (item, job) in zip(batch, jobs) { item.answer.resume(returning: .success(job)) }
            publish(rows, jobs, generation: generation)
        } catch  where error.code == .invalid && batch.count > 1 {
            // One caller's bad data must not fail the others.
            for item in batch { await flush([item]) }
        } catch {
            for item in batch { item.answer.resume(returning: .failure(error)) }
        }
    }

    /// Decides for each job whether the bus has room for it.
    private func dispatched(_ jobs: [NewJob], queues: [Int32]) -> (rows: [LedgerRow], generation: Int32) {
        var rows = zip(jobs, queues).map { LedgerRow(job: $0, queue: $1, isDispatched: false) }
        var wanted: [Lane: Int] = [:]
        for row in rows where row.job.start == .now { wanted[row.lane, default: 0] += 1 }
        var room: [Lane: Int] = [:]
        var generation: Int32 = 0
        for (lane, count) in wanted {
            let reserved = bus.reserve(lane, count: count)
            // A generation that changes between two lanes leaves the later ones to the sweeper.
            if generation == 0 { generation = reserved.generation }
            room[lane] = reserved.generation == generation ? reserved.granted : 0
        }
        for index in rows.indices where rows[index].job.start == .now {
            let lane = rows[index].lane
            guard let left = room[lane], left > 0 else { continue }
            room[lane] = left - 1
            rows[index].isDispatched = true
        }
        return (rows, generation)
    }

    private func publish(_ rows: [LedgerRow], _ jobs: [EnqueuedJob], generation: Int32) {
        var claimed: [ClaimedJob] = []
        for (row, job) in zip(rows, jobs) where row.isDispatched && !job.isExisting {
            claimed.append(
                ClaimedJob(
                    id: job.id,
                    epoch: 1,
                    attempt: 1,
                    lane: row.lane,
                    dispatchedAt: job.id.acceptedAtMilliseconds * 1_000,
                    kind: row.job.kind,
                    options: row.storedOptions,
                    args: row.job.args
                )
            )
        }
        publisher.publish(claimed, generation: generation)
    }

    private func queueNumbers(_ jobs: [NewJob]) async throws(JobsError) -> [Int32] {
        var numbers: [Int32] = []
        numbers.reserveCapacity(jobs.count)
        for job in jobs { numbers.append(try await queueNumber(job.queue)) }
        return numbers
    }

    private func queueNumber(_ name: String) async throws(JobsError) -> Int32 {
        if let known = ledger.queues.number(of: name) { return known }
        let number = try await ledger.queueNumber(name)
        publisher.announceQueues()
        return number
    }
}
