// SPDX-License-Identifier: Apache-2.0
// Martlet: moving a pipelined connection's bytes.

import DequeModule

extension PostgresConnection: EventLoopHandler {
    nonisolated func ioReady(_ readiness: IOReadiness) {
        assumeIsolated { connection in
            if !readiness.isDisjoint(with: [.readable, .failed]) { connection.read() }
            if readiness.contains(.writable) { connection.pump() }
        }
    }

    nonisolated func turnEnded() {
        assumeIsolated { connection in
            connection.willPump = false
            connection.pump()
        }
    }

    /// Sends what may be sent and flushes. While the socket is full nothing more is given to libpq, so that its buffer
    /// stays small and what did not leave is known not to have been executed.
    func pump() {
        guard end == nil else { return }
        var isCorked = false
        while interest == .readable, let request = queue.nextToSend() {
            if !isCorked, !queue.unsent.isEmpty {
                isCorked = true
                handle.setCork(true)
            }
            lastHeard = queue.sent.isEmpty ? .now : lastHeard
            guard send(request) else { return lose(handle.errorMessage) }
            guard flush() else { return }
        }
        if isCorked { handle.setCork(false) }
        if interest != .readable { _ = flush() }
        wakeAlarm(by: silenceDue)
    }

    /// False when the connection broke.
    private func flush() -> Bool {
        switch handle.flush() {
        case .done: setInterest(.readable)
        case .blocked: setInterest([.readable, .writable])
        case .failed:
            lose(handle.errorMessage)
            return false
        }
        return true
    }

    private func setInterest(_ wanted: IOReadiness) {
        guard wanted != interest else { return }
        interest = wanted
        loop.update(socket, interest: wanted)
    }

    private func send(_ request: PipelineRequest) -> Bool {
        switch request.steps {
        case .one(let statement, let bindings):
            guard let prepared = find(statement, request) else { return true }
            guard prepare(prepared), handle.sendPrepared(prepared.serverName, prepared.definition, bindings) else {
                return refuse(request)
            }
        case .many(let steps):
            var ready: [PreparedStatement] = []
            for (statement, _) in steps {
                guard let prepared = find(statement, request) else { return true }
                guard prepare(prepared) else { return refuse(request) }
                ready.append(prepared)
            }
            for (prepared, step) in zip(ready, steps) {
                guard handle.sendPrepared(prepared.serverName, prepared.definition, step.1) else {
                    return refuse(request)
                }
            }
        }
        queue.markSent(.request(request))
        return handle.sendSync()
    }

    private func find(_ statement: PostgresStatement, _ request: PipelineRequest) -> PreparedStatement? {
        do throws(PostgresError) {
            return try statements.find(statement)
        } catch {
            request.waiter.fail(error)
            return nil
        }
    }

    /// Sends the Parse of a statement that this connection does not know yet.
    private func prepare(_ prepared: PreparedStatement) -> Bool {
        guard prepared.state == .absent else { return true }
        guard handle.sendPrepare(prepared.definition, as: prepared.serverNameText) else { return false }
        prepared.state = .requested
        queue.markSent(.prepare(prepared))
        return handle.sendSync()
    }

    /// libpq would not take the message. Half of a segment may be in its buffer, so the connection cannot go on.
    private func refuse(_ request: PipelineRequest) -> Bool {
        request.waiter.fail(PostgresError(.connectionLost, handle.errorMessage))
        return false
    }

    /// Ends the connection: each waiter learns at once whether its call was sent.
    func finish(_ reason: PostgresError) {
        guard end == nil else { return }
        end = reason
        alarm?.timer.cancel()
        alarm = nil
        loop.deregister(socket)
        handle.close()
        let (sent, unsent) = queue.removeAll()
        for segment in sent {
            guard case .request(var request) = segment.work else { continue }
            request.take().fail(
                PostgresError(
                    .outcomeUnknown,
                    segment.error?.message ?? reason.message,
                    sqlState: segment.error?.sqlState ?? reason.sqlState,
                    cause: segment.error ?? reason
                )
            )
        }
        for request in unsent {
            request.waiter.fail(PostgresError(.connectionLost, reason.message, sqlState: reason.sqlState))
        }
        for waiter in endWaiters { waiter.resume(returning: reason) }
        endWaiters = []
    }

    func lose(_ message: String) {
        finish(PostgresError(.connectionLost, message, sqlState: queue.sent.first?.error?.sqlState))
    }

    func finishIfDrained() {
        guard isDraining, queue.isEmpty else { return }
        finish(PostgresError(.closed, "the connection was closed"))
    }
}
