// SPDX-License-Identifier: Apache-2.0
// Martlet: one plain connection for what a pipeline cannot do.

/// A connection for scripts, COPY, advisory locks and LISTEN; one operation at a time, later ones wait their turn.
///
/// ```swift
/// let session = try await PostgresSession.connect(configuration, on: loop)
/// try await session.simpleQuery("CREATE TABLE a (b int8); CREATE INDEX ON a (b);")
/// await session.close()
/// ```
/// An operation that is cancelled or passes its deadline closes the session: its protocol state is unknown then.
public actor PostgresSession {
    /// The loop that this session lives on.
    public nonisolated let loop: EventLoop
    /// The loop, as this actor's executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    /// Process id of the server process.
    public nonisolated let serverProcessID: Int32
    /// The server's version as one number: `150020` is 15.20.
    public nonisolated let serverVersion: Int
    /// Default limit of one operation: the statement timeout and the silence margin.
    nonisolated let defaultDeadline: Duration

    let handle: PostgresHandle
    let socket: Int32
    var interest: IOReadiness = .readable
    /// Why the session ended; nil while it is open.
    var end: PostgresError?
    /// Resumed when the socket is ready, the deadline passes or the session ends.
    var readiness: CheckedContinuation<Void, Never>?
    /// Set when the socket became ready while nobody waited for it.
    var hasBeenReady = false
    private var isBusy = false
    private var turns: [CheckedContinuation<Void, Never>] = []
    var onNotification: (@Sendable (PostgresNotification) -> Void)?
    /// When the server last said something, or we last began to listen.
    var lastHeard = MonotonicTime.now
    /// When we last stopped listening.
    var pausedAt = MonotonicTime.now
    /// Whether an operation under way listens; a slow reader of a copy does not, and then silence means nothing.
    var isListening = true
    /// Ends a session whose server is silent for too long; nil where operations have deadlines.
    var silenceTimer: EventLoopTimer?
    /// Whether the reader of a stream shall return although the server said nothing.
    var isWoken = false
    /// Whether something written while reading waits for room in the socket.
    var hasUnsent = false
    private var endWaiters: [CheckedContinuation<PostgresError, Never>] = []
    private var idler: CheckedContinuation<Void, Never>?

    /// Connects.
    /// - Throws: `.connectionFailed`, `.cancelled`.
    public static func connect(
        _ configuration: PostgresConfiguration,
        on loop: EventLoop
    ) async throws(PostgresError) -> PostgresSession {
        let transfer = try await ConnectAttempt.connect(configuration, on: loop)
        let session = PostgresSession(transfer, configuration, loop)
        await session.start()
        return session
    }

    private init(_ transfer: PostgresHandle.Transfer, _ configuration: PostgresConfiguration, _ loop: EventLoop) {
        self.loop = loop
        defaultDeadline = configuration.silenceLimit ?? .seconds(365 * 86_400)
        let handle = PostgresHandle(adopting: transfer)
        socket = handle.socket
        serverProcessID = handle.serverProcessID
        serverVersion = Int(handle.serverVersion)
        self.handle = handle
    }

    private func start() { loop.register(socket, self, interest: interest) }

    /// Closes at once; an operation under way fails with `.outcomeUnknown`.
    public func close() { finish(PostgresError(.closed, "the session was closed")) }

    /// Closes from outside of the loop, without waiting.
    nonisolated func beginClosing(_ reason: PostgresError) {
        loop.execute { self.assumeIsolated { $0.finish(reason) } }
    }

    func finish(_ reason: PostgresError) {
        guard end == nil else { return }
        end = reason
        silenceTimer?.cancel()
        loop.deregister(socket)
        handle.close()
        signal()
        releaseIdler()
        for waiter in endWaiters { waiter.resume(returning: reason) }
        endWaiters = []
    }

    /// Waits until the session ends, and says why.
    func ended() async -> PostgresError {
        await withCheckedContinuation { waiter in
            if let end { waiter.resume(returning: end) } else { endWaiters.append(waiter) }
        }
    }

    /// Waits until the session ends or `duration` is over; a cancelled caller ends the session.
    func hasEnded(within duration: Duration) async -> Bool {
        let timer = loop.schedule(after: duration) { [weak self] in self?.assumeIsolated { $0.releaseIdler() } }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if end != nil { waiter.resume() } else { idler = waiter }
            }
        } onCancel: {
            beginClosing(PostgresError(.cancelled, "the session's user was cancelled"))
        }
        return end != nil
    }

    private func releaseIdler() {
        idler?.resume()
        idler = nil
    }

    /// Has `handler` called, on the loop, for each notification; it must not block.
    func setNotificationHandler(_ handler: @escaping @Sendable (PostgresNotification) -> Void) {
        onNotification = handler
    }

    /// Runs `body` as the only operation, within `deadline`.
    func exclusively<Value>(
        _ deadline: Duration?,
        _ body: () async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        await withCheckedContinuation { turn in
            if isBusy { return turns.append(turn) }
            isBusy = true
            turn.resume()
        }
        defer { nextTurn() }
        if Task.isCancelled { throw PostgresError(.cancelled, "cancelled before the operation") }
        if let end { throw PostgresError(end.code == .closed ? .closed : .connectionLost, end.message) }
        let timer = loop.schedule(after: deadline ?? defaultDeadline) { [weak self] in
            self?.assumeIsolated { $0.finish(PostgresError(.deadlineExceeded, "the operation's deadline passed")) }
        }
        defer { timer.cancel() }
        // The body never throws out of the handler: typed throws do not pass through it.
        let outcome: Result<Value, PostgresError> = await withTaskCancellationHandler {
            do throws(PostgresError) { return .success(try await body()) } catch { return .failure(error) }
        } onCancel: {
            beginClosing(PostgresError(.cancelled, "the operation was cancelled"))
        }
        return try outcome.get()
    }

    /// Hands the session to the next operation in line, or frees it.
    private func nextTurn() {
        guard !turns.isEmpty else { return isBusy = false }
        turns.removeFirst().resume()
    }
}
