// SPDX-License-Identifier: Apache-2.0
// Martlet: an async call that its caller leaves behind at the deadline, whatever the call does.
internal import NIOCore
internal import Synchronization

/// Runs an operation in a task that it owns; the deadline or the caller's cancellation cancels the task and answers at once.
final class BoundedCall<Value: Sendable>: Sendable {
    private struct State {
        var waiter: CheckedContinuation<Value, Never>?
        var early: Value?
        var isOver = false
        var task: Task<Void, Never>?
        var deadline: Scheduled<Void>?
    }

    private let state = Mutex(State())

    private init() {}

    /// The operation's value, or that of `late` at the deadline, or that of `cancelled`.
    static func run(
        on loop: any EventLoop,
        timeout: Duration,
        late: @escaping @Sendable () -> Value,
        cancelled: @escaping @Sendable () -> Value,
        _ operation: @escaping @Sendable () async -> Value
    ) async -> Value {
        let call = BoundedCall()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in call.begin(waiter, loop, timeout, late, operation) }
        } onCancel: {
            call.finish(cancelled())
        }
    }

    private func begin(
        _ waiter: CheckedContinuation<Value, Never>,
        _ loop: any EventLoop,
        _ timeout: Duration,
        _ late: @escaping @Sendable () -> Value,
        _ operation: @escaping @Sendable () async -> Value
    ) {
        let early = state.withLock { state -> Value? in
            if let early = state.early { return early }
            state.waiter = waiter
            state.deadline = loop.scheduleTask(in: TimeAmount(timeout)) { self.finish(late()) }
            state.task = Task { self.finish(await operation()) }
            return nil
        }
        if let early { waiter.resume(returning: early) }
    }

    private func finish(_ value: Value) {
        let ended = state.withLock { state -> State? in
            guard !state.isOver else { return nil }
            state.isOver = true
            if state.waiter == nil { state.early = value }
            defer {
                state.waiter = nil
                state.task = nil
                state.deadline = nil
            }
            return state
        }
        guard let ended else { return }
        ended.deadline?.cancel()
        ended.task?.cancel()
        ended.waiter?.resume(returning: value)
    }
}
