// SPDX-License-Identifier: Apache-2.0
// Martlet: a session's reading, writing and waiting.

extension PostgresSession: EventLoopHandler {
    nonisolated func ioReady(_ readiness: IOReadiness) {
        assumeIsolated { $0.becameReady() }
    }

    nonisolated func turnEnded() {}

    /// Always reads, so that a level-triggered poll does not spin and an idle session notices its end; a copy whose reader
    /// is busy asks for no events meanwhile.
    private func becameReady() {
        guard end == nil else { return }
        lastHeard = .now
        guard handle.consumeInput() else {
            // The server's parting words, if any, say more than "connection closed".
            return finish(PostgresError(.connectionLost, handle.errorMessage))
        }
        if hasUnsent { pushUnsent() }
        // Makes libpq parse what came while no operation asks.
        _ = handle.isBusy
        while let notification = handle.nextNotification() { onNotification?(notification) }
        signal()
    }

    func signal() {
        guard let waiter = readiness else { return hasBeenReady = true }
        readiness = nil
        waiter.resume()
    }

    /// Waits until the socket had something to say or the session ended.
    func waitUntilReady() async throws(PostgresError) {
        try checkOpen()
        // Checked inside: the loop may serve the socket before the continuation exists.
        await withCheckedContinuation { waiter in
            if hasBeenReady || end != nil { waiter.resume() } else { readiness = waiter }
        }
        hasBeenReady = false
        try checkOpen()
    }

    /// The error of an operation that was under way when the session ended.
    func checkOpen() throws(PostgresError) {
        guard let end else { return }
        switch end.code {
        case .deadlineExceeded, .cancelled:
            throw PostgresError(end.code, end.message, mayHaveExecuted: true)
        default: throw PostgresError(.outcomeUnknown, end.message, cause: end)
        }
    }

    /// Writes all that is buffered, reading meanwhile.
    func flushAll() async throws(PostgresError) {
        while true {
            try checkOpen()
            hasBeenReady = false
            switch handle.flush() {
            case .done: return setInterest(.readable)
            case .blocked: setInterest([.readable, .writable])
            case .failed:
                finish(PostgresError(.connectionLost, handle.errorMessage))
                try checkOpen()
            }
            try await waitUntilReady()
        }
    }

    func setInterest(_ wanted: IOReadiness) {
        guard wanted != interest else { return }
        interest = wanted
        loop.update(socket, interest: wanted)
    }

    /// Waits for the server's next answer.
    func nextAnswer() async throws(PostgresError) -> PostgresHandle.Answer {
        try checkOpen()
        hasBeenReady = false
        while handle.isBusy { try await waitUntilReady() }
        return handle.nextAnswer()
    }

    /// Reads answers to the end of the command; throws the first error then.
    func collect() async throws(PostgresError) -> [PostgresResult] {
        var results: [PostgresResult] = []
        var failure: PostgresError?
        while true {
            switch try await nextAnswer() {
            case .result(let result): results.append(result)
            case .failure(let error): failure = failure ?? error
            case .end:
                // An idle libpq has nothing to read; a broken one says so in its status.
                if handle.isBroken { finish(PostgresError(.connectionLost, handle.errorMessage)) }
                if let failure { throw failure }
                try checkOpen()
                return results
            case .copyIn, .copyOut, .copyBoth, .pipelineSync, .pipelineAborted:
                let error = PostgresError(.configuration, "COPY needs its own call")
                finish(error)
                throw error
            }
        }
    }
}
