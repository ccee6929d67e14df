// SPDX-License-Identifier: Apache-2.0
// Group commit: concurrent requests share one transaction, and each is answered after it has committed.

public import Logging
internal import Postgres
public import ServiceLifecycle
internal import Synchronization

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
    private let metrics: EnqueueMetrics?
    private let logger: Logger
    private let queue: BatchQueue<Item>
    /// The number of the commit that is under way, 0 when there is none.
    private let underway = Atomic(0)

    /// Most jobs in one statement of the group commit.
    private static let largestBatch = 1_000
    /// How long one commit may keep the next waiting: it may wait for a lock that somebody else holds.
    private static let patience: Duration = .milliseconds(5)

    /// Creates a batcher.
    ///
    /// - Parameters:
    ///   - limit: Most jobs that may wait; beyond that callers get `.overloaded`.
    ///   - metrics: Counts what is recorded.
    public init(
        ledger: Ledger,
        bus: Bus,
        publisher: BusPublisher,
        limit: Int = 20_000,
        metrics: EnqueueMetrics? = nil,
        logger: Logger
    ) {
        self.ledger = ledger
        self.bus = bus
        self.publisher = publisher
        self.metrics = metrics
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
        let (begun, began) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                // On the connections' own thread a batch costs no switch between threads.
                group.addTask(executorPreference: ledger.loop) {
                    await self.commit(began)
                    began.finish()
                }
                group.addTask(executorPreference: ledger.loop) { await self.standIn(begun) }
            }
        } onGracefulShutdown: {
            self.queue.close()
        }
    }

    /// One commit after the other: what comes in meanwhile is the next batch.
    private func commit(_ began: AsyncStream<Int>.Continuation) async {
        var number = 0
        while let batch = await queue.next(max: Self.largestBatch) {
            number += 1
            underway.store(number, ordering: .relaxed)
            began.yield(number)
            await flush(batch)
            underway.store(0, ordering: .relaxed)
        }
    }

    /// Commits in the place of a commit that takes long, for as long as that takes.
    private func standIn(_ begun: AsyncStream<Int>) async {
        for await number in begun {
            repeat {
                try? await Task.sleep(for: Self.patience)
                guard underway.load(ordering: .relaxed) == number else { break }
                await flush(queue.take(max: Self.largestBatch))
            } while !Task.isCancelled
        }
    }

    private func flush(_ batch: [Item]) async {
        guard !batch.isEmpty else { return }
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
        metrics?.count(rows, jobs)
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
