// SPDX-License-Identifier: Apache-2.0
// Martlet: a fixed set of pipelined connections that heals itself.

public import Logging
public import ServiceLifecycle
import Synchronization

/// Pipelined connections to one database.
///
/// ```swift
/// let pool = PostgresPool(.init(configuration, name: "api"), loops: loops, logger: logger)
/// // `run()` owns the connections; give the pool to the service group.
/// let result = try await pool.execute(statement, bindings)
/// ```
/// A call goes to the least busy connection. A call that was definitely not executed because its connection broke moves
/// to another one by itself; any other failure is the caller's to judge.
public final class PostgresPool: Service {
    /// A snapshot for metrics and health checks.
    public struct Status: Sendable {
        /// Connections that are open.
        public let open: Int
        /// Connections that should be open.
        public let wanted: Int
        /// Calls that are sent or about to be.
        public let inFlight: Int
        /// Calls that wait for a connection.
        public let waiting: Int
        /// Why the last attempt to connect failed, while none has succeeded since.
        public let lastFailure: PostgresError?
    }

    /// The settings.
    public let configuration: PostgresPoolConfiguration
    /// Loops that carry the connections; tasks that run on them need no thread switch.
    public let loops: [EventLoop]
    let logger: Logger
    let state = Mutex(PoolState())
    private let pending = Atomic<Int>(0)

    /// Makes a pool; it connects once `run()` is called. Give at least one loop.
    public init(_ configuration: PostgresPoolConfiguration, loops: [EventLoop], logger: Logger) {
        precondition(!loops.isEmpty && configuration.connections > 0, "a pool needs a loop and a connection")
        self.configuration = configuration
        self.loops = loops
        var logger = logger
        logger[metadataKey: "pool"] = "\(configuration.name)"
        self.logger = logger
    }

    /// What the pool is doing now.
    public var status: Status {
        state.withLock { state in
            Status(
                open: state.open.count,
                wanted: configuration.connections,
                inFlight: pending.load(ordering: .relaxed),
                waiting: state.waiting,
                lastFailure: state.lastFailure
            )
        }
    }

    /// Runs one statement on the least busy connection.
    /// - Parameters:
    ///   - deadline: limit for the call once it has a connection; default the statement timeout and the silence margin.
    /// - Throws: as `PostgresConnection.execute`, and `.acquireTimeout`.
    public func execute(
        _ statement: PostgresStatement,
        _ bindings: PostgresBindings = .init(),
        deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresResult {
        try await perform(statement.name) { connection async throws(PostgresError) in
            try await connection.execute(statement, bindings, deadline: deadline)
        }
    }

    /// Runs all `steps` as one transaction in one round trip on one connection.
    /// - Throws: as `PostgresConnection.transaction`, and `.acquireTimeout`.
    public func transaction(
        _ steps: [(PostgresStatement, PostgresBindings)],
        deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresResult] {
        try await perform(steps.map(\.0.name).joined(separator: "+")) { connection async throws(PostgresError) in
            try await connection.transaction(steps, deadline: deadline)
        }
    }

    private static let pingStatement = PostgresStatement("martlet.ping", "SELECT 1")

    /// Asks the database for an answer, for readiness checks.
    /// - Returns: how long the answer took.
    /// - Throws: whatever kept the answer away, `.acquireTimeout` or `.deadlineExceeded` at the latest after `deadline`.
    @discardableResult
    public func ping(deadline: Duration) async throws(PostgresError) -> Duration {
        let start = MonotonicTime.now
        let connection = try await acquire(until: start + min(deadline, configuration.acquireTimeout))
        _ = try await connection.execute(Self.pingStatement, deadline: deadline)
        return .nanoseconds(Int64(clamping: MonotonicTime.now.nanoseconds - start.nanoseconds))
    }

    private func perform<Value>(
        _ operation: @autoclosure () -> String,
        _ body: (PostgresConnection) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        guard let onCall = configuration.onCall else { return try await perform(body) }
        let start = ContinuousClock.now
        do throws(PostgresError) {
            let value = try await perform(body)
            onCall(operation(), .now - start, nil)
            return value
        } catch {
            onCall(operation(), .now - start, error)
            throw error
        }
    }

    private func perform<Value>(
        _ body: (PostgresConnection) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        guard pending.wrappingAdd(1, ordering: .relaxed).newValue <= configuration.maxPending else {
            pending.wrappingSubtract(1, ordering: .relaxed)
            throw PostgresError(.overloaded, "\(configuration.maxPending) calls are unanswered in this pool")
        }
        defer { pending.wrappingSubtract(1, ordering: .relaxed) }
        let due = MonotonicTime.now + configuration.acquireTimeout
        while true {
            let connection = try await acquire(until: due)
            do throws(PostgresError) {
                return try await body(connection)
            } catch {
                guard try mayTryAgain(after: error, on: connection, until: due) else { throw error }
            }
        }
    }

    /// Whether the call moves to another connection: only when it certainly was not executed.
    private func mayTryAgain(
        after error: PostgresError,
        on connection: PostgresConnection,
        until due: MonotonicTime
    ) throws(PostgresError) -> Bool {
        // `.closed` here is a connection that the pool is putting away, unless the pool itself is closed.
        guard error.code == .connectionLost || error.code == .closed else { return false }
        let isClosed = state.withLock { state in
            state.remove(connection)
            return state.isClosed
        }
        return !isClosed && MonotonicTime.now < due
    }
}
