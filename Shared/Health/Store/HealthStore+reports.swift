// SPDX-License-Identifier: Apache-2.0
// Martlet: what others report to the ledger: workers and heartbeats.

public import Platform
internal import Postgres

/// The last report of something that must report.
public struct Heartbeat: Sendable, Equatable {
    /// When it came.
    public var at: Timestamp
    /// Whether it said that all went well.
    public var isGood: Bool
    /// What it said.
    public var message: String?
    /// How long the work took, if it said so.
    public var run: Duration?
}

extension HealthStore {
    private static let workersStatement = PostgresStatement(
        "health_workers",
        """
        SELECT name, (extract(epoch FROM now() - seen_at) * 1000000)::int8, seen_at FROM worker
        WHERE queues NOT LIKE 'martlet.%' ORDER BY name, id LIMIT 1000
        """
    )
    private static let beatStatement = PostgresStatement(
        "health_heartbeat_write",
        """
        INSERT INTO health_heartbeat (name, is_good, message, run_us) VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE SET at = now(), is_good = excluded.is_good, message = excluded.message, run_us = excluded.run_us
        """,
        parameters: [.text, .bool, .text, .int8]
    )
    private static let readStatement = PostgresStatement(
        "health_heartbeat_read",
        "SELECT at, is_good, message, run_us FROM health_heartbeat WHERE name = $1",
        parameters: [.text]
    )

    /// The registered workers, and how long each has been silent, by the ledger's clock.
    func workers() async throws(HealthError) -> [(name: String, silence: Duration, seenAt: Timestamp)] {
        let result = try await execute(Self.workersStatement)
        return try decode { () throws(PostgresError) in
            var workers: [(name: String, silence: Duration, seenAt: Timestamp)] = []
            for row in 0..<result.rowCount {
                let silence = Duration.microseconds(try result.int64(row, 1))
                workers.append((try result.string(row, 0), silence, try result.time(row, 2)))
            }
            return workers
        }
    }

    /// Takes a report.
    public func beat(_ name: String, isGood: Bool, message: String?, run: Duration?) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(name)
        bindings.append(isGood)
        bindings.append(message)
        bindings.append(run?.inMicroseconds)
        _ = try await execute(Self.beatStatement, bindings)
    }

    /// The last report under a name.
    func heartbeat(_ name: String) async throws(HealthError) -> Heartbeat? {
        var bindings = PostgresBindings()
        bindings.append(name)
        let result = try await execute(Self.readStatement, bindings)
        guard result.rowCount == 1 else { return nil }
        return try decode { () throws(PostgresError) in
            Heartbeat(
                at: try result.time(0, 0),
                isGood: try result.bool(0, 1),
                message: try result.optionalString(0, 2),
                run: try result.optionalInt64(0, 3).map { .microseconds($0) }
            )
        }
    }
}
