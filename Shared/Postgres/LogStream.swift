// SPDX-License-Identifier: Apache-2.0
// Martlet: the write-ahead log as it comes from the server.
internal import Synchronization

/// The log under way, read by one owner; any task may confirm and wake.
public final class LogStream: Sendable {
    private struct State {
        var inbox: LogStreamInbox
        var written = LSN.none
        var flushed = LSN.none
        var end: LogStreamEvent?
    }

    private let session: PostgresSession
    private let silence: Duration
    private let state: Mutex<State>

    init(_ session: PostgresSession, silence: Duration, chunk: Int, end: LogStreamEvent?) {
        self.session = session
        self.silence = silence
        state = Mutex(State(inbox: LogStreamInbox(chunk: chunk), end: end))
    }

    /// What comes next, as soon as anything is there.
    /// - Throws: what the server says, `.deadlineExceeded` when it is silent, `.outcomeUnknown` when the connection
    ///   breaks, `.connectionLost` when the server shuts down.
    public func next(within patience: Duration) async throws(PostgresError) -> LogStreamEvent {
        let (ready, problem) = state.withLock { ($0.end ?? $0.inbox.next(), $0.inbox.problem) }
        if let problem { throw await fail(problem) }
        if let ready { return ready }
        let pause = try await session.readStream(within: min(patience, silence / 2), isEager: true) { message in
            self.state.withLock { $0.inbox.take(message) }
        }
        if case .end = pause { try await readEnd() }
        let (event, newProblem, wantsReply) = state.withLock { state in
            let event = state.inbox.next()
            return (event ?? state.end, state.inbox.problem, state.inbox.wantsReply)
        }
        if let newProblem { throw await fail(newProblem) }
        if wantsReply, state.withLock({ $0.end == nil }) {
            try await sendState(asking: false)
            state.withLock { $0.inbox.replied() }
        }
        if let event { return event }
        // A server that hears from us regularly sends nothing by itself, so silence would prove nothing.
        if await session.silence >= silence / 3 { try await sendState(asking: true) }
        return .idle
    }

    /// Tells the server how far the log has come and how far it is safe; what is safe lets commits return and log go.
    public func confirm(written: LSN, flushed: LSN) async throws(PostgresError) {
        state.withLock { state in
            state.written = max(state.written, written, flushed)
            state.flushed = max(state.flushed, flushed)
        }
        try await sendState(asking: false)
    }

    /// Has a `next` that waits return.
    public func wake() { session.wake() }

    private func sendState(asking: Bool) async throws(PostgresError) {
        let (written, flushed) = state.withLock { ($0.written, $0.flushed) }
        var message: [UInt8] = [UInt8(ascii: "r")]
        message.appendBigEndian(written.value)
        message.appendBigEndian(flushed.value)
        // Nothing is ever applied here.
        message.appendBigEndian(UInt64(0))
        // The server's clock counts from 2000; it only shows this time.
        message.appendBigEndian(Int64(0))
        message.append(asking ? 1 : 0)
        // Without room now, a later state says the same and more.
        _ = try await session.sendBeside(message)
    }

    private func readEnd() async throws(PostgresError) {
        guard let event = try LogStream.timelineEnd(try await session.endStream(within: silence)) else {
            await session.close()
            throw PostgresError(.connectionLost, "the server ended the stream of its log")
        }
        state.withLock { $0.end = event }
    }

    private func fail(_ problem: String) async -> PostgresError {
        await session.close()
        return PostgresError(.decoding, problem)
    }

    /// The row that names the next timeline.
    static func timelineEnd(_ results: [PostgresResult]) throws(PostgresError) -> LogStreamEvent? {
        guard let row = results.first(where: { $0.columnCount == 2 && $0.rowCount == 1 }) else { return nil }
        guard let timeline = UInt32(exactly: try row.int64(0, 0)), let position = LSN(try row.string(0, 1)) else {
            throw PostgresError(.decoding, "the server's next timeline is not understood")
        }
        return .timelineEnd(next: timeline, at: position)
    }
}

extension ReplicationSession {
    /// Begins to read the log; the session is of no other use until the stream's `.timelineEnd`.
    /// - Parameters:
    ///   - slot: a physical slot that keeps what is not confirmed yet; nil for none.
    ///   - chunk: about how many bytes come at once at most; default 1 MiB.
    /// - Throws: what the server says: `.server(sqlState: "58P01")` when it has removed the log already.
    public func stream(
        from position: LSN,
        timeline: UInt32,
        slot: String?,
        chunk: Int = 1 << 20
    ) async throws(PostgresError) -> LogStream {
        let place = slot.map { "SLOT \(PostgresHandle.quoted($0)) " } ?? ""
        let command = "START_REPLICATION \(place)PHYSICAL \(position) TIMELINE \(timeline)"
        let (results, isCopy) = try await session.beginStream(command, within: silence, silence: silence)
        let end = isCopy ? nil : try LogStream.timelineEnd(results)
        guard isCopy || end != nil else { throw PostgresError(.decoding, "the server sent no log") }
        return LogStream(session, silence: silence, chunk: chunk, end: end)
    }
}
