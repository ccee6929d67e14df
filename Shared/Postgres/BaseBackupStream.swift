// SPDX-License-Identifier: Apache-2.0
// Martlet: a base backup as it comes from the server.
internal import Synchronization

/// A base backup under way, read by one owner; who reads slowly slows the server down.
public final class BaseBackupStream: Sendable {
    /// Where it begins and what it consists of.
    public let start: BaseBackupStart
    private let session: PostgresSession
    private let silence: Duration
    private let inbox: Mutex<BaseBackupInbox>

    init(_ session: PostgresSession, _ start: BaseBackupStart, silence: Duration, chunk: Int) {
        self.session = session
        self.silence = silence
        self.start = start
        inbox = Mutex(BaseBackupInbox(chunk: chunk))
    }

    /// Bytes that the server has sent, as it says about once a second.
    public var bytesDone: Int64 { inbox.withLock { $0.bytesDone } }

    /// What comes next; the last is `.end`.
    /// - Throws: what the server says, `.deadlineExceeded` when it is silent, `.outcomeUnknown` when the connection
    ///   breaks.
    public func next() async throws(PostgresError) -> BaseBackupEvent {
        while true {
            let (event, problem) = inbox.withLock { ($0.next(), $0.problem) }
            if let problem {
                await session.close()
                throw PostgresError(.decoding, problem)
            }
            if let event { return event }
            let pause = try await session.readStream(within: nil, isEager: false) { message in
                self.inbox.withLock { $0.take(message) }
            }
            guard case .end = pause else { continue }
            let results = try await session.endStream(within: silence)
            guard let last = results.first(where: { $0.columnCount == 2 && $0.rowCount == 1 }) else {
                throw PostgresError(.decoding, "the server ended the base backup without a position")
            }
            let (position, timeline) = try BaseBackupStart.position(last)
            inbox.withLock { $0.end(position, timeline) }
        }
    }
}

extension ReplicationSession {
    /// Begins a base backup; the session is of no other use until it has come to its end.
    /// - Parameter chunk: about how many bytes come at once; default 1 MiB.
    /// - Throws: what the server says, `.deadlineExceeded` when the checkpoint takes longer than
    ///   `patience` (default 1 h).
    public func baseBackup(
        _ options: BaseBackupOptions,
        chunk: Int = 1 << 20,
        checkpointWithin patience: Duration = .seconds(3_600)
    ) async throws(PostgresError) -> BaseBackupStream {
        let (results, isCopy) = try await session.beginStream(try options.command(), within: patience, silence: silence)
        guard isCopy else { throw PostgresError(.decoding, "the server sent no base backup") }
        return BaseBackupStream(session, try BaseBackupStart(results), silence: silence, chunk: max(65_536, chunk))
    }
}
