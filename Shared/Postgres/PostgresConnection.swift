// SPDX-License-Identifier: Apache-2.0
// Martlet: one connection to PostgreSQL in pipeline mode.

import Synchronization

/// A pipelined connection on an event loop: many calls are in flight at once and answered in order.
///
/// ```swift
/// let connection = try await PostgresConnection.connect(configuration, on: loop)
/// let result = try await connection.execute(statement, bindings)
/// ```
/// Each call is a segment with a sync of its own, so that a failing one disturbs no other. A caller that is cancelled or
/// whose deadline passes is released at once; the connection goes on and discards the late answer.
public actor PostgresConnection {
    /// The loop that this connection lives on.
    public nonisolated let loop: EventLoop
    /// The loop, as this actor's executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    /// Calls that are not answered yet.
    public nonisolated var load: Int { unanswered.load(ordering: .relaxed) }
    /// Process id of the server process.
    public nonisolated let serverProcessID: Int32

    nonisolated let unanswered = Atomic<Int>(0)
    nonisolated let lastID = Atomic<UInt64>(0)
    nonisolated let configuration: PostgresConfiguration

    let handle: PostgresHandle
    let socket: Int32
    var queue: PipelineQueue
    var statements = PreparedStatements()
    var interest: IOReadiness = .readable
    var willPump = false
    /// Set while a sent request waits; moves whenever the server says something.
    var lastHeard = MonotonicTime.now
    var alarm: (due: MonotonicTime, timer: EventLoopTimer)?
    var isDraining = false
    /// Why the connection ended; nil while it is open.
    var end: PostgresError?
    var endWaiters: [CheckedContinuation<PostgresError, Never>] = []

    /// Connects; `window` calls may be on the wire and `limit` may wait behind them.
    /// - Throws: `.connectionFailed`, `.cancelled`.
    public static func connect(
        _ configuration: PostgresConfiguration,
        on loop: EventLoop,
        window: Int = 128,
        limit: Int = 4_096
    ) async throws(PostgresError) -> PostgresConnection {
        let transfer = try await ConnectAttempt.connect(configuration, on: loop)
        let connection = PostgresConnection(transfer, configuration, loop, PipelineQueue(window: window, limit: limit))
        try await connection.start()
        return connection
    }

    private init(
        _ transfer: PostgresHandle.Transfer,
        _ configuration: PostgresConfiguration,
        _ loop: EventLoop,
        _ queue: PipelineQueue
    ) {
        self.loop = loop
        self.configuration = configuration
        self.queue = queue
        let handle = PostgresHandle(adopting: transfer)
        socket = handle.socket
        serverProcessID = handle.serverProcessID
        self.handle = handle
    }

    private func start() throws(PostgresError) {
        guard handle.enterPipeline() else {
            throw PostgresError(.connectionFailed, "pipeline mode is not available: \(handle.errorMessage)")
        }
        loop.register(socket, self, interest: interest)
    }

    /// Runs one statement.
    /// - Parameters:
    ///   - deadline: limit for the whole call; default the server's statement timeout and the silence margin.
    /// - Throws: `.server`, `.connectionLost`, `.outcomeUnknown`, `.deadlineExceeded`, `.cancelled`, `.overloaded`,
    ///   `.encoding`, `.closed`.
    public nonisolated func execute(
        _ statement: PostgresStatement,
        _ bindings: PostgresBindings = .init(),
        deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresResult {
        if let problem = bindings.problem(for: statement) { throw problem }
        return try await submit(.one(statement, bindings), deadline) { .one($0) }.get()
    }

    /// Runs all `steps` as one transaction, in one round trip: either all take effect or none.
    /// - Returns: one result for each step.
    /// - Throws: as `execute`; the error is the one of the first step that failed.
    public nonisolated func transaction(
        _ steps: [(PostgresStatement, PostgresBindings)],
        deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresResult] {
        guard !steps.isEmpty else { return [] }
        for (statement, bindings) in steps {
            if let problem = bindings.problem(for: statement) { throw problem }
        }
        return try await submit(.many(steps), deadline) { .many($0) }.get()
    }

    /// Waits for calls in flight up to `deadline`, then closes; new calls fail with `.closed`.
    public func close(deadline: Duration = .seconds(5)) async {
        drain(deadline)
        _ = await ended()
    }

    /// Starts what `close` does and returns at once.
    nonisolated func beginClosing(deadline: Duration) {
        loop.execute { self.assumeIsolated { $0.drain(deadline) } }
    }

    private func drain(_ deadline: Duration) {
        guard end == nil, !isDraining else { return }
        isDraining = true
        finishIfDrained()
        loop.schedule(after: deadline) { [weak self] in
            self?.assumeIsolated { $0.finish(PostgresError(.closed, "the connection was closed")) }
        }
    }

    /// Waits until the connection ends, and says why.
    func ended() async -> PostgresError {
        // Checked inside: the connection may end before the continuation exists.
        await withCheckedContinuation { waiter in
            if let end { waiter.resume(returning: end) } else { endWaiters.append(waiter) }
        }
    }
}
