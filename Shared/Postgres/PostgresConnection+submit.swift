// SPDX-License-Identifier: Apache-2.0
// Martlet: how a call enters a pipelined connection and how its caller leaves early.

import Synchronization

extension PostgresConnection {
    /// Hands a request to the loop and waits. From a task on the loop this costs no hop.
    nonisolated func submit<Value>(
        _ steps: PipelineRequest.Steps,
        _ deadline: Duration?,
        _ makeWaiter: (PipelineRequest.Waiting<Value>) -> PipelineRequest.Waiter
    ) async -> Result<Value, PostgresError> {
        if Task.isCancelled { return .failure(PostgresError(.cancelled, "cancelled before the call")) }
        let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        let limit = deadline ?? configuration.silenceLimit
        let due = limit.map { MonotonicTime.now + $0 } ?? .distantFuture
        unanswered.wrappingAdd(1, ordering: .relaxed)
        defer { unanswered.wrappingSubtract(1, ordering: .relaxed) }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let request = PipelineRequest(id: id, steps: steps, waiter: makeWaiter(continuation), deadline: due)
                if loop.isCurrent {
                    assumeIsolated { $0.accept(request) }
                } else {
                    loop.execute { self.assumeIsolated { $0.accept(request) } }
                }
                // A cancellation that came before this line found nothing to abandon.
                if Task.isCancelled { abandon(id) }
            }
        } onCancel: {
            abandon(id)
        }
    }

    private func accept(_ request: PipelineRequest) {
        if let end {
            return request.waiter.fail(PostgresError(end.code == .closed ? .closed : .connectionLost, end.message))
        }
        if isDraining { return request.waiter.fail(PostgresError(.closed, "the connection is closing")) }
        guard queue.enqueue(request) else {
            return request.waiter.fail(PostgresError(.overloaded, "\(queue.limit) calls wait on this connection"))
        }
        wakeAlarm(by: request.deadline)
        guard !willPump else { return }
        willPump = true
        loop.callAtTurnEnd(self)
    }

    /// Releases the caller of `id`; the connection and what it has sent go on.
    nonisolated func abandon(_ id: UInt64) {
        loop.execute {
            self.assumeIsolated { connection in
                guard let (waiter, wasSent) = connection.queue.abandon(id) else { return }
                waiter.fail(PostgresError(.cancelled, "the caller was cancelled", mayHaveExecuted: wasSent))
                connection.finishIfDrained()
            }
        }
    }
}
