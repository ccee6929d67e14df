// SPDX-License-Identifier: Apache-2.0
// Martlet: reading a long COPY bit by bit, and writing beside it.

extension PostgresSession {
    /// Why reading stopped.
    enum StreamPause {
        /// The reader has enough.
        case enough
        /// The time is over, somebody called ``wake()``, or there is nothing more for now.
        case quiet
        /// The server ended the copy.
        case end
    }

    /// Lets what the server sends wait in the socket, so that a slow reader slows the server down and not fills memory.
    func pauseReading() {
        if isListening { pausedAt = .now }
        isListening = false
        if end == nil { setInterest(hasUnsent ? .writable : []) }
    }

    /// Takes up reading again.
    func resumeReading() {
        if !isListening {
            // The time in which nobody listened is nobody's silence.
            let now = MonotonicTime.now
            lastHeard = MonotonicTime(nanoseconds: lastHeard.nanoseconds + (now.nanoseconds - pausedAt.nanoseconds))
        }
        isListening = true
        if end == nil { setInterest(hasUnsent ? [.readable, .writable] : .readable) }
    }

    /// Ends the session when its server is silent for `limit` while we listen.
    func watchSilence(_ limit: Duration) {
        lastHeard = .now
        scheduleSilenceCheck(after: limit, limit)
    }

    /// Stops watching.
    func endSilenceWatch() {
        silenceTimer?.cancel()
        silenceTimer = nil
    }

    private func scheduleSilenceCheck(after delay: Duration, _ limit: Duration) {
        silenceTimer = loop.schedule(after: delay) { [weak self] in self?.assumeIsolated { $0.checkSilence(limit) } }
    }

    private func checkSilence(_ limit: Duration) {
        guard end == nil else { return }
        guard isListening else { return scheduleSilenceCheck(after: limit, limit) }
        let (due, now) = (lastHeard + limit, MonotonicTime.now)
        guard now >= due else {
            return scheduleSilenceCheck(after: .nanoseconds(due.nanoseconds - now.nanoseconds), limit)
        }
        finish(PostgresError(.deadlineExceeded, "the server was silent for \(limit)"))
    }

    /// How long the server has been silent.
    var silence: Duration {
        let now = MonotonicTime.now
        return now > lastHeard ? .nanoseconds(now.nanoseconds - lastHeard.nanoseconds) : .zero
    }

    /// Offers messages of a COPY to `take`, which says when it has enough.
    /// - Parameters:
    ///   - patience: how long to wait for the server; nil: until the session's own limit.
    ///   - isEager: returns as soon as something was taken and nothing more is there.
    func readStream(
        within patience: Duration?,
        isEager: Bool,
        _ take: @Sendable (Span<UInt8>) -> Bool
    ) async throws(PostgresError) -> StreamPause {
        let due = patience.map { MonotonicTime.now + $0 }
        let timer = patience.map { wait in
            loop.schedule(after: wait) { [weak self] in self?.assumeIsolated { $0.signal() } }
        }
        defer { timer?.cancel() }
        resumeReading()
        defer { pauseReading() }
        let outcome: Result<StreamPause, PostgresError> = await withTaskCancellationHandler {
            do throws(PostgresError) {
                return .success(try await readMessages(until: due, isEager, take))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            beginClosing(PostgresError(.cancelled, "the operation was cancelled"))
        }
        return try outcome.get()
    }

    private func readMessages(
        until due: MonotonicTime?,
        _ isEager: Bool,
        _ take: (Span<UInt8>) -> Bool
    ) async throws(PostgresError) -> StreamPause {
        var (hasTaken, hasLooked) = (false, false)
        while true {
            try checkOpen()
            var hasEnough = false
            switch handle.readCopy({ hasEnough = take($0) }) {
            case .message:
                lastHeard = .now
                if hasEnough { return .enough }
                (hasTaken, hasLooked) = (true, false)
            case .end: return .end
            case .wait where !hasLooked:
                // More has often come meanwhile: a look is cheaper than a turn of the loop.
                hasLooked = true
                guard handle.consumeInput() else {
                    finish(PostgresError(.connectionLost, handle.errorMessage))
                    continue
                }
            case .wait:
                if hasTaken, isEager { return .quiet }
                if isWoken || due.map({ $0 <= .now }) == true {
                    isWoken = false
                    return .quiet
                }
                try await waitUntilReady()
                hasLooked = false
            }
        }
    }

    /// Has a reader that waits in `readStream` return, or the next one do so at once; from any thread.
    nonisolated func wake() {
        loop.execute {
            self.assumeIsolated { session in
                session.isWoken = true
                session.signal()
            }
        }
    }

    /// Sends a message of a COPY without waiting; false when there was no room and nothing was sent.
    func sendBeside(_ message: [UInt8]) throws(PostgresError) -> Bool {
        try checkOpen()
        switch handle.putCopy(message) {
        case .taken: pushUnsent()
        case .full: return false
        case .failed: finish(PostgresError(.connectionLost, handle.errorMessage))
        }
        try checkOpen()
        return true
    }

    func pushUnsent() {
        switch handle.flush() {
        case .done: hasUnsent = false
        case .blocked: hasUnsent = true
        case .failed: return finish(PostgresError(.connectionLost, handle.errorMessage))
        }
        isListening ? resumeReading() : pauseReading()
    }

    /// Ends our direction of a COPY that the server has ended, and reads the results that follow.
    func endStream(within limit: Duration) async throws(PostgresError) -> [PostgresResult] {
        endSilenceWatch()
        isListening = true
        return try await exclusively(limit) { () async throws(PostgresError) in
            setInterest(.readable)
            var results: [PostgresResult] = []
            while true {
                switch try await nextAnswer() {
                case .copyIn, .copyBoth:
                    _ = handle.endCopy(reason: nil)
                    try await flushAll()
                case .result(let result): results.append(result)
                case .failure(let error):
                    _ = try? await collect()
                    throw error
                case .end:
                    if handle.isBroken { finish(PostgresError(.connectionLost, handle.errorMessage)) }
                    try checkOpen()
                    return results
                case .copyOut, .pipelineSync, .pipelineAborted:
                    let error = PostgresError(.decoding, "the server sent what doesn't belong here")
                    finish(error)
                    throw error
                }
            }
        }
    }

    /// Sends a command of the replication protocol that begins a COPY; the results that come first are returned.
    /// - Returns: the results, and whether a COPY began.
    func beginStream(
        _ command: String,
        within patience: Duration,
        silence: Duration
    ) async throws(PostgresError) -> ([PostgresResult], Bool) {
        try await exclusively(patience) { () async throws(PostgresError) in
            try await send(handle.sendScript(command))
            var results: [PostgresResult] = []
            while true {
                switch try await nextAnswer() {
                case .result(let result): results.append(result)
                case .copyOut, .copyBoth:
                    watchSilence(silence)
                    pauseReading()
                    return (results, true)
                case .end: return (results, false)
                case .failure(let error):
                    _ = try? await collect()
                    throw error
                case .copyIn, .pipelineSync, .pipelineAborted:
                    let error = PostgresError(.decoding, "the server sent what doesn't belong here")
                    finish(error)
                    throw error
                }
            }
        }
    }
}
