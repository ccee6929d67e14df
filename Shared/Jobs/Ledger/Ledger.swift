// SPDX-License-Identifier: Apache-2.0
// The ledger: the one owner of the truth about jobs. Its statements live in the extensions beside this file, each beside the call that sends it.

public import Postgres

/// The ledger in PostgreSQL.
///
/// One ledger per pool: the API, the completions and the maintenance of a process each have their own pool, and share a `QueueDirectory`.
public final class Ledger: Sendable {
    let pool: PostgresPool
    /// Queue names and numbers, cached.
    public let queues: QueueDirectory
    /// How long a row may stay dispatched and silent before the sweeper looks at it.
    public let relayDeadline: Duration

    /// Creates a ledger over a pool whose `run()` somebody else owns.
    ///
    /// - Parameters:
    ///   - queues: The process's directory of queues.
    ///   - relayDeadline: How long a row may stay dispatched and silent; 30 s by default, the same in every process.
    public init(pool: PostgresPool, queues: QueueDirectory = QueueDirectory(), relayDeadline: Duration = .seconds(30)) {
        self.pool = pool
        self.queues = queues
        self.relayDeadline = relayDeadline
    }

    /// The thread of its connections.
    var loop: EventLoop { pool.loops[0] }

    /// Runs one statement and turns the connection's errors into the module's.
    func execute(_ statement: PostgresStatement, _ bindings: PostgresBindings = .init()) async throws(JobsError)
        -> PostgresResult
    {
        do {
            return try await pool.execute(statement, bindings)
        } catch {
            throw JobsError(error)
        }
    }

    /// Runs statements as one transaction in one round trip.
    func transaction(_ steps: [(PostgresStatement, PostgresBindings)]) async throws(JobsError) -> [PostgresResult] {
        do {
            return try await pool.transaction(steps)
        } catch {
            throw JobsError(error)
        }
    }

    /// Reads a result's fields; a field that does not decode is a fault of our own.
    func decode<Value>(_ body: () throws(PostgresError) -> Value) throws(JobsError) -> Value {
        do {
            return try body()
        } catch {
            throw JobsError(error)
        }
    }
}
