// SPDX-License-Identifier: Apache-2.0
// Martlet: a wake-up that is never missed: a signal before the wait ends the wait at once.

internal import Synchronization

/// Wakes one waiting task.
public final class Signal: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Not signalled.
    public init() {}

    /// Ends the present wait, or the next one.
    public func signal() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            state.isSet = state.waiter == nil
            return state.waiter
        }
        waiter?.resume()
    }

    /// Waits for a signal, at most `timeout`; returns at once when the task is cancelled.
    public func wait(timeout: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.park() }
            group.addTask { try? await Task.sleep(for: timeout) }
            await group.next()
            group.cancelAll()
        }
    }

    private func park() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Looked at under the lock: a signal or a cancellation may have come since the caller decided to wait.
                let isOver = state.withLock { state in
                    if state.isSet || Task.isCancelled || state.waiter != nil {
                        state.isSet = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }
}
