// SPDX-License-Identifier: Apache-2.0
// Waiting for jobs to end: a hint over the bus wakes at once, a look at the ledger every second is what counts.

public import Logging
internal import NIOCore
internal import Redis
public import ServiceLifecycle
internal import Synchronization

/// Lets callers wait for a job to end.
public final class CompletionWatch: Service {
    private struct State {
        var waiters: [JobID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextToken = 0
        var isClosed = false
    }

    private let ledger: Ledger
    private let bus: Bus
    private let logger: Logger
    private let state = Mutex(State())

    /// How often the ledger is asked about all that is waited for.
    private static let pollInterval: Duration = .seconds(1)

    /// Creates a watch.
    public init(ledger: Ledger, bus: Bus, logger: Logger) {
        self.ledger = ledger
        self.bus = bus
        self.logger = logger
    }

    /// Waits until a job has ended, at most `timeout`.
    ///
    /// - Returns: The job as it is then; nil when there is no such job.
    public func wait(for id: JobID, timeout: Duration) async throws(JobsError) -> JobRecord? {
        let deadline = ContinuousClock.now + timeout
        // Registered before the first look, so that an end between a look and the sleep is not missed.
        let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let token = register(id, continuation)
        defer { withdraw(id, token) }
        while true {
            let record = try await ledger.job(id)
            guard let record, !record.state.isFinal, ContinuousClock.now < deadline, !Task.isCancelled, !isClosed else {
                return record
            }
            await Self.first(of: wakes, until: deadline)
        }
    }

    /// Listens and polls until graceful shutdown, then lets every waiter go.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.poll() }
            try? await gracefulShutdown()
            group.cancelAll()
            self.close()
        }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func listen() async {
        for await event in bus.client.makeSubscriber().subscribe([bus.finishedChannel]) {
            switch event {
            case .message(_, let payload): wake(Bus.finished(payload))
            case .resubscribed, .overflowed: wake(state.withLock { Array($0.waiters.keys) })
            case .subscribed: continue
            }
        }
    }

    private func poll() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.pollInterval)
            let ids = state.withLock { Array($0.waiters.keys.prefix(5_000)) }
            guard !ids.isEmpty else { continue }
            do {
                wake(try await ledger.finished(among: ids))
            } catch {
                logger.debug("waiting jobs could not be looked up", metadata: ["error": "\(error)"])
            }
        }
    }

    private func register(_ id: JobID, _ continuation: AsyncStream<Void>.Continuation) -> Int {
        state.withLock { state in
            state.nextToken += 1
            state.waiters[id, default: [:]][state.nextToken] = continuation
            return state.nextToken
        }
    }

    private func withdraw(_ id: JobID, _ token: Int) {
        let continuation = state.withLock { state in
            let continuation = state.waiters[id]?.removeValue(forKey: token)
            if state.waiters[id]?.isEmpty == true { state.waiters[id] = nil }
            return continuation
        }
        continuation?.finish()
    }

    private static func first(of wakes: AsyncStream<Void>, until deadline: ContinuousClock.Instant) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in wakes { return } }
            group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wake(_ ids: [JobID]) {
        state.withLock { state in
            guard !state.waiters.isEmpty else { return }
            for id in ids {
                for continuation in (state.waiters[id] ?? [:]).values { continuation.yield() }
            }
        }
    }

    private func close() {
        state.withLock { state in
            state.isClosed = true
            for continuation in state.waiters.values.flatMap(\.values) { continuation.yield() }
        }
    }
}
