// SPDX-License-Identifier: Apache-2.0
// Martlet: what the aggregators keep in the ledger.

internal import Platform
public import Postgres

/// The aggregators' tables in the ledger.
public struct HealthStore: Sendable {
    let pool: PostgresPool
    private let bulkPool: PostgresPool

    /// Works over a pool, and over another one where a statement may take long; by default over the same.
    public init(pool: PostgresPool, bulk: PostgresPool? = nil) {
        self.pool = pool
        bulkPool = bulk ?? pool
    }

    /// The same over the pool for what may take long.
    var bulk: HealthStore { HealthStore(pool: bulkPool) }

    /// Runs one statement and turns the connection's errors into the module's.
    func execute(_ statement: PostgresStatement, _ bindings: PostgresBindings = .init()) async throws(HealthError)
        -> PostgresResult
    {
        do { return try await pool.execute(statement, bindings) } catch { throw HealthError(error) }
    }

    /// Runs statements as one transaction in one round trip.
    func transaction(_ steps: [(PostgresStatement, PostgresBindings)]) async throws(HealthError) -> [PostgresResult] {
        do { return try await pool.transaction(steps) } catch { throw HealthError(error) }
    }

    /// Reads a result's fields; a field that does not decode is a fault of our own.
    func decode<Value>(_ body: () throws(PostgresError) -> Value) throws(HealthError) -> Value {
        do { return try body() } catch { throw HealthError(error) }
    }
}

extension PostgresBindings {
    /// Appends a time.
    mutating func append(_ time: Timestamp?) { append(timestamp: time?.microseconds) }

    /// Appends a duration in microseconds.
    mutating func append(microsecondsOf duration: Duration) { append(duration.inMicroseconds) }
}

extension PostgresResult {
    /// A time.
    func time(_ row: Int, _ column: Int) throws(PostgresError) -> Timestamp {
        Timestamp(microseconds: try timestampMicroseconds(row, column))
    }

    /// A time, or nil for NULL.
    func optionalTime(_ row: Int, _ column: Int) throws(PostgresError) -> Timestamp? {
        try optionalTimestampMicroseconds(row, column).map(Timestamp.init(microseconds:))
    }
}

extension Duration {
    /// Whole microseconds; saturates.
    var inMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : scaled &+ attoseconds / 1_000_000_000_000
    }
}
