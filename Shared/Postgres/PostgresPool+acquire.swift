// SPDX-License-Identifier: Apache-2.0
// Martlet: choosing a connection, and waiting for one while none is open.

import Synchronization

extension PostgresPool {
    func acquire(until due: MonotonicTime) async throws(PostgresError) -> PostgresConnection {
        switch state.withLock({ $0.choose() }) {
        case .connection(let connection): return connection
        case .fail(let error): throw error
        case .wait: return try await wait(until: due)
        }
    }

    private func wait(until due: MonotonicTime) async throws(PostgresError) -> PostgresConnection {
        let id = state.withLock { $0.makeWaiterID() }
        let now = MonotonicTime.now
        let delay = due > now ? due.nanoseconds - now.nanoseconds : 0
        let timer = loops[0].schedule(after: .nanoseconds(Int64(clamping: delay))) { [self] in
            giveUp(id, acquireTimeout())
        }
        defer { timer.cancel() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: PoolState.Waiter) in
                let choice = state.withLock { state in
                    let choice = state.choose()
                    if case .wait = choice { state.wait(waiter, id: id) }
                    return choice
                }
                switch choice {
                case .connection(let connection): waiter.resume(returning: .success(connection))
                case .fail(let error): waiter.resume(returning: .failure(error))
                case .wait:
                    // Either may have come before there was a waiter to release.
                    if Task.isCancelled { giveUp(id, PostgresError(.cancelled, "the caller was cancelled")) }
                    if MonotonicTime.now >= due { giveUp(id, acquireTimeout()) }
                }
            }
        } onCancel: {
            giveUp(id, PostgresError(.cancelled, "the caller was cancelled"))
        }
        return try outcome.get()
    }

    private func giveUp(_ id: UInt64, _ error: PostgresError) {
        state.withLock { $0.giveUp(id) }?.resume(returning: .failure(error))
    }

    private func acquireTimeout() -> PostgresError {
        let failure = state.withLock { $0.lastFailure }
        return PostgresError(.acquireTimeout, "no connection to the database within the deadline", cause: failure)
    }
}
