// SPDX-License-Identifier: Apache-2.0
// Martlet: a connection of its own for commands that block.

internal import NIOCore
internal import Synchronization

extension RedisClient {
    /// Makes a connection of its own for blocking commands; it connects at first use and needs no ``run()``.
    public func makeBlockingReader() -> RedisBlockingConnection {
        RedisBlockingConnection(connector: connector)
    }
}

/// A connection for one blocking command at a time, such as `XREADGROUP … BLOCK`.
///
/// After a time-out or a cancellation the connection is discarded, because the server might still hand its answer to it;
/// the next command connects anew, no sooner than the backoff allows.
public final class RedisBlockingConnection: Sendable {
    private struct State {
        var opened: RedisConnector.Opened?
        var isBusy = false
        var isClosed = false
        var failures = 0
        var notBefore: ContinuousClock.Instant?
    }

    let connector: RedisConnector
    private let state = Mutex(State())

    init(connector: RedisConnector) {
        self.connector = connector
    }

    deinit {
        state.withLock { $0.opened }?.connection.close(RedisError(.unavailable, "the reader was let go"))
    }

    /// The server's id of the present connection, for `CLIENT UNBLOCK`; nil without a connection. Changes with every reconnect.
    public var clientID: Int64? {
        state.withLock { state in state.opened.flatMap { $0.connection.isOpen ? $0.clientID : nil } }
    }

    /// Connects if there is no connection, and returns the server's id of it.
    ///
    /// Throws `.unavailable`, `.timeout` or `.server` when that fails, `.overloaded` while another call is under way.
    @discardableResult
    public func connect() async throws(RedisError) -> Int64? {
        try begin()
        defer { end() }
        return try await current().clientID
    }

    /// Sends one command and returns its reply.
    ///
    /// - Parameters:
    ///   - command: The command; its own BLOCK time must be shorter than `timeout`.
    ///   - timeout: How long to wait for the reply. Time for connecting comes on top.
    ///
    /// Throws `.timeout` when no reply came, `.overloaded` while another command is under way, and what
    /// ``RedisClient/send(_:)`` throws.
    public func send(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> RedisValue {
        try begin()
        defer { end() }
        let connection = try await current().connection
        do throws(RedisError) {
            let replies = try await connection.send(command.encoded, count: 1, timeout: TimeAmount(timeout))
            guard let reply = replies.first else { throw RedisError(.unexpectedReply, "no reply") }
            return try reply.get()
        } catch {
            guard error.code != .server else { throw error }
            // The answer may still come; nobody would be there to take it.
            connection.close(RedisError(.cancelled, "the blocking command was given up"))
            state.withLock { $0.opened = nil }
            if (error.cause as? RedisError)?.code == .timeout {
                throw RedisError(.timeout, "the blocking command was not answered in time", cause: error)
            }
            throw error
        }
    }

    /// Closes the present connection; the next command connects anew. A command under way fails with `.outcomeUnknown`.
    public func reset() {
        let opened = state.withLock { state in
            defer { state.opened = nil }
            return state.opened
        }
        opened?.connection.close(RedisError(.unavailable, "the reader begins anew"))
    }

    /// Closes the connection for ever; a command under way fails with `.outcomeUnknown`.
    public func close() {
        let opened = state.withLock { state in
            state.isClosed = true
            defer { state.opened = nil }
            return state.opened
        }
        opened?.connection.close(RedisError(.unavailable, "the reader was closed"))
    }

    private func begin() throws(RedisError) {
        let refusal: RedisError? = state.withLock { state in
            if state.isClosed { return RedisError(.unavailable, "the reader was closed") }
            if state.isBusy { return RedisError(.overloaded, "a blocking connection takes one command at a time") }
            state.isBusy = true
            return nil
        }
        if let refusal { throw refusal }
    }

    private func end() {
        state.withLock { $0.isBusy = false }
    }

    private func current() async throws(RedisError) -> RedisConnector.Opened {
        let (opened, notBefore) = state.withLock { ($0.opened, $0.notBefore) }
        if let opened, opened.connection.isOpen { return opened }
        if let notBefore, notBefore > .now {
            do { try await Task.sleep(until: notBefore, clock: .continuous) } catch {
                throw RedisError(.cancelled, "the caller was cancelled")
            }
        }
        do throws(RedisError) {
            let opened = try await connector.open(
                role: "blocking",
                limits: .init(commands: 16, bytes: 16 * 1024 * 1024)
            )
            let isClosed = state.withLock { state in
                state.failures = 0
                state.notBefore = nil
                if !state.isClosed { state.opened = opened }
                return state.isClosed
            }
            guard !isClosed else {
                opened.connection.close(RedisError(.unavailable, "the reader was closed"))
                throw RedisError(.unavailable, "the reader was closed")
            }
            return opened
        } catch {
            let backoff = connector.configuration.backoff
            state.withLock { state in
                state.failures += 1
                state.notBefore = .now + backoff.delay(afterFailures: state.failures)
            }
            throw error
        }
    }
}
