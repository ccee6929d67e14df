// SPDX-License-Identifier: Apache-2.0
// Martlet: which connection a client has now, and who wants to know.

internal import Synchronization

/// The client's current connection, the callers that wait for the first one, and the listeners of events.
final class ConnectionBoard: Sendable {
    private struct State {
        var current: RedisConnector.Opened?
        var epoch: UInt64 = 0
        var failedConnects: UInt64 = 0
        /// True once callers no longer wait: after the first connection, or when the initial wait is over.
        var isSettled = false
        var isWaitTimerNeeded = true
        var waiters: [UInt64: CheckedContinuation<RedisConnector.Opened?, Never>] = [:]
        var listeners: [UInt64: AsyncStream<RedisConnectionEvent>.Continuation] = [:]
        var nextID: UInt64 = 0
    }

    /// What a caller finds.
    enum Finding: Sendable {
        case connected(RedisConnector.Opened)
        case disconnected
        /// The first connection may still come; `startTimer` is true for the first caller.
        case pending(startTimer: Bool)
    }

    private let state = Mutex(State())
    private let maxWaiters: Int

    init(maxWaiters: Int) {
        self.maxWaiters = maxWaiters
    }

    var current: RedisConnector.Opened? { state.withLock { $0.current } }
    var epoch: UInt64 { state.withLock { $0.epoch } }
    var failedConnects: UInt64 { state.withLock { $0.failedConnects } }

    func find() -> Finding {
        state.withLock { state in
            if let current = state.current { return .connected(current) }
            if state.isSettled { return .disconnected }
            defer { state.isWaitTimerNeeded = false }
            return .pending(startTimer: state.isWaitTimerNeeded)
        }
    }

    /// Waits for the first connection; nil when it did not come in time or the caller was cancelled.
    func waitForFirst() async throws(RedisError) -> RedisConnector.Opened? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let isFull = Mutex(false)
        let found = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: RedisConnector.Opened?? = state.withLock { state in
                    if let current = state.current { return current }
                    // Cancelled before we got here: the handler below found nobody to wake.
                    if state.isSettled || Task.isCancelled { return .some(nil) }
                    guard state.waiters.count < maxWaiters else {
                        isFull.withLock { $0 = true }
                        return .some(nil)
                    }
                    state.waiters[id] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: nil)
        }
        if isFull.withLock({ $0 }) { throw RedisError(.overloaded, "too many commands wait for the first connection") }
        if found == nil, Task.isCancelled { throw RedisError(.cancelled, "the caller was cancelled") }
        return found
    }

    /// Lets everybody who waits for the first connection fail, now and later.
    func endInitialWait() {
        let waiters = state.withLock { state in
            state.isSettled = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: nil) }
    }

    /// Announces a connection and returns its epoch.
    func publish(_ opened: RedisConnector.Opened) -> UInt64 {
        let (epoch, waiters) = state.withLock { state in
            state.epoch += 1
            state.current = opened
            state.isSettled = true
            // Under the lock, so that listeners see events in order.
            let event = RedisConnectionEvent.connected(serverRunID: opened.runID, epoch: state.epoch)
            for listener in state.listeners.values { listener.yield(event) }
            defer { state.waiters = [:] }
            return (state.epoch, state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: opened) }
        return epoch
    }

    func retract() {
        state.withLock { state in
            guard state.current != nil else { return }
            state.current = nil
            for listener in state.listeners.values { listener.yield(.disconnected(epoch: state.epoch)) }
        }
    }

    func noteFailedConnect() { state.withLock { $0.failedConnects += 1 } }

    /// A new listener; it hears of the present connection first.
    func listen() -> AsyncStream<RedisConnectionEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RedisConnectionEvent.self,
            // Old changes are of no use to a listener that is behind.
            bufferingPolicy: .bufferingNewest(16)
        )
        let id = state.withLock { state in
            state.nextID += 1
            state.listeners[state.nextID] = continuation
            if let current = state.current {
                continuation.yield(.connected(serverRunID: current.runID, epoch: state.epoch))
            }
            return state.nextID
        }
        continuation.onTermination = { [weak self] _ in
            self?.removeListener(id)
        }
        return stream
    }

    private func removeListener(_ id: UInt64) {
        // The continuation is let go outside the lock.
        _ = state.withLock { $0.listeners.removeValue(forKey: id) }
    }

    /// Ends all streams of events.
    func finish() {
        endInitialWait()
        let listeners = state.withLock { state in
            defer { state.listeners = [:] }
            return state.listeners.values
        }
        for listener in listeners { listener.finish() }
    }
}
