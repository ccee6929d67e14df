// SPDX-License-Identifier: Apache-2.0
// Martlet: reading history.

public import Platform
internal import Postgres

extension HealthStore {
    private static let rawStatement = PostgresStatement(
        "health_history_raw",
        """
        SELECT s.minute, s.raw FROM health_sample s JOIN health_check c ON c.id = s.check_id
        WHERE c.name = $1 AND s.minute > $2 - interval '1 minute' AND s.minute < $3 ORDER BY s.minute, s.location
        """,
        parameters: [.text, .timestamptz, .timestamptz]
    )
    /// Minutes of hours that were carried on, and those of samples that were not.
    private static let minuteStatement = PostgresStatement(
        "health_history_minute",
        """
        WITH wanted AS (SELECT id FROM health_check WHERE name = $1),
        folded AS (
            SELECT m.hour + (n - 1) * interval '1 minute' AS at, up[n] AS up, degraded[n] AS degraded, down[n] AS down, unknown[n] AS unknown,
                latency_us[n] AS latency_us, latency_max_us[n] AS latency_max_us
            FROM health_minute m, wanted, generate_series(1, 60) n
            WHERE m.check_id = wanted.id AND m.hour > $2 - interval '1 hour' AND m.hour < $3
                AND NOT EXISTS (SELECT FROM health_dirty_hour d WHERE d.hour = m.hour)),
        fresh AS (
            SELECT minute AS at, sum(up) AS up, sum(degraded) AS degraded, sum(down) AS down, sum(unknown) AS unknown,
                CASE WHEN sum(up + degraded) > 0 THEN sum(latency_us) / sum(up + degraded) ELSE 0 END AS latency_us,
                max(latency_max_us) AS latency_max_us
            FROM health_sample s, wanted, health_dirty_hour d
            WHERE s.check_id = wanted.id AND s.minute >= d.hour AND s.minute < d.hour + interval '1 hour'
                AND d.hour > $2 - interval '1 hour' AND d.hour < $3 GROUP BY minute)
        SELECT at, up::int8, degraded::int8, down::int8, unknown::int8, latency_us::int8, latency_max_us::int8
        FROM (SELECT * FROM folded UNION ALL SELECT * FROM fresh) a
        WHERE at >= $2 AND at < $3 AND up + degraded + down + unknown > 0 ORDER BY at
        """,
        parameters: [.text, .timestamptz, .timestamptz]
    )
    private static let hourStatement = PostgresStatement(
        "health_history_hour",
        """
        SELECT h.hour, h.up::int8, h.degraded::int8, h.down::int8, h.unknown::int8, h.latency_us, h.latency_max_us
        FROM health_hour h JOIN health_check c ON c.id = h.check_id WHERE c.name = $1 AND h.hour >= $2 AND h.hour < $3 ORDER BY h.hour
        """,
        parameters: [.text, .timestamptz, .timestamptz]
    )
    private static let dayStatement = PostgresStatement(
        "health_history_day",
        """
        SELECT h.day::timestamp AT TIME ZONE 'UTC', h.up::int8, h.degraded::int8, h.down::int8, h.unknown::int8, h.latency_us, h.latency_max_us
        FROM health_day h JOIN health_check c ON c.id = h.check_id
        WHERE c.name = $1 AND h.day >= ($2 AT TIME ZONE 'UTC')::date AND h.day < ($3 AT TIME ZONE 'UTC') ORDER BY h.day
        """,
        parameters: [.text, .timestamptz, .timestamptz]
    )
    private static let daysStatement = PostgresStatement(
        "health_days",
        """
        SELECT c.name, (d.day - date '1970-01-01')::int4, d.up, d.degraded, d.down, d.unknown, d.kept_up, d.kept_degraded, d.kept_down
        FROM health_day d JOIN health_check c ON c.id = d.check_id
        WHERE d.day >= (now() AT TIME ZONE 'UTC')::date - $1::int4 AND d.day <= (now() AT TIME ZONE 'UTC')::date - $2::int4
        """,
        parameters: [.int4, .int4]
    )
    private static let hoursStatement = PostgresStatement(
        "health_hours",
        """
        SELECT c.name, sum(up)::int8, sum(degraded)::int8, sum(down)::int8, sum(unknown)::int8, sum(kept_up)::int8, sum(kept_degraded)::int8,
            sum(kept_down)::int8
        FROM health_hour h JOIN health_check c ON c.id = h.check_id WHERE h.hour > now() - $1 * interval '1 hour' GROUP BY c.name
        """,
        parameters: [.int8]
    )

    /// A check's history, oldest first.
    public func history(
        of check: String,
        from: Timestamp,
        to: Timestamp,
        step: HistoryStep
    ) async throws(HealthError) -> [HistoryPoint] {
        var bindings = PostgresBindings()
        bindings.append(check)
        bindings.append(from)
        bindings.append(to)
        guard step != .raw else { return try await raw(bindings, from, to) }
        let statement = step == .minute ? Self.minuteStatement : step == .hour ? Self.hourStatement : Self.dayStatement
        let result = try await execute(statement, bindings)
        return try decode { () throws(PostgresError) in
            var points: [HistoryPoint] = []
            for row in 0..<result.rowCount {
                let (up, degraded) = (try result.int(row, 1), try result.int(row, 2))
                points.append(
                    HistoryPoint(
                        at: try result.time(row, 0),
                        up: up,
                        degraded: degraded,
                        down: try result.int(row, 3),
                        unknown: try result.int(row, 4),
                        latency: up + degraded > 0 ? .microseconds(try result.int64(row, 5)) : nil,
                        longest: up + degraded > 0 ? .microseconds(try result.int64(row, 6)) : nil
                    )
                )
            }
            return points
        }
    }

    private func raw(
        _ bindings: PostgresBindings,
        _ from: Timestamp,
        _ to: Timestamp
    ) async throws(HealthError) -> [HistoryPoint] {
        let result = try await execute(Self.rawStatement, bindings)
        return try decode { () throws(PostgresError) in
            var points: [HistoryPoint] = []
            for row in 0..<result.rowCount {
                for finding in MinuteSample.unpack(try result.bytes(row, 1), minute: try result.time(row, 0))
                where finding.at >= from && finding.at < to {
                    let answered = finding.status == .up || finding.status == .degraded
                    points.append(
                        HistoryPoint(
                            at: finding.at,
                            up: finding.status == .up ? 1 : 0,
                            degraded: finding.status == .degraded ? 1 : 0,
                            down: finding.status == .down ? 1 : 0,
                            unknown: finding.status == .unknown ? 1 : 0,
                            latency: answered ? finding.latency : nil,
                            longest: answered ? finding.latency : nil
                        )
                    )
                }
            }
            return points.sorted { $0.at < $1.at }
        }
    }

    /// The counts of some days by check and by day (days since 1970).
    ///
    /// - Parameter ago: Days before today, such as 0...2 for the last three.
    func days(_ ago: ClosedRange<Int>) async throws(HealthError) -> [String: [Int: FindingCounts]] {
        var bindings = PostgresBindings()
        bindings.append(Int32(clamping: ago.upperBound))
        bindings.append(Int32(clamping: ago.lowerBound))
        let result = try await execute(Self.daysStatement, bindings)
        return try decode { () throws(PostgresError) in
            var days: [String: [Int: FindingCounts]] = [:]
            for row in 0..<result.rowCount {
                let day = Int(try result.int32(row, 1))
                days[try result.string(row, 0), default: [:]][day] = try Self.counts(result, row, from: 2)
            }
            return days
        }
    }

    /// The counts of the last hours together, by check.
    func hours(_ count: Int) async throws(HealthError) -> [String: FindingCounts] {
        var bindings = PostgresBindings()
        bindings.append(count)
        let result = try await execute(Self.hoursStatement, bindings)
        return try decode { () throws(PostgresError) in
            var sums: [String: FindingCounts] = [:]
            for row in 0..<result.rowCount {
                sums[try result.string(row, 0)] = try Self.counts(result, row, from: 1)
            }
            return sums
        }
    }

    private static func counts(_ result: PostgresResult, _ row: Int, from column: Int) throws(PostgresError)
        -> FindingCounts
    {
        FindingCounts(
            up: try result.int(row, column),
            degraded: try result.int(row, column + 1),
            down: try result.int(row, column + 2),
            unknown: try result.int(row, column + 3),
            keptUp: try result.int(row, column + 4),
            keptDegraded: try result.int(row, column + 5),
            keptDown: try result.int(row, column + 6)
        )
    }
}
