// SPDX-License-Identifier: Apache-2.0
// Martlet: writing history and carrying it from stage to stage.

internal import Platform
internal import Postgres

extension HealthStore {
    private static let numbersStatement = PostgresStatement(
        "health_check_numbers",
        """
        WITH new AS (INSERT INTO health_check (name)
            SELECT name FROM unnest($1) n (name) WHERE NOT EXISTS (SELECT FROM health_check c WHERE c.name = n.name) ORDER BY name
            ON CONFLICT DO NOTHING RETURNING name, id)
        SELECT name, id FROM new UNION ALL SELECT name, id FROM health_check WHERE name = ANY ($1)
        """,
        parameters: [.textArray]
    )
    private static let writeStatement = PostgresStatement(
        "health_sample_write",
        """
        INSERT INTO health_sample AS s (check_id, minute, location, up, degraded, down, unknown, kept_up, kept_degraded, kept_down, latency_us,
            latency_max_us, raw)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (check_id, minute, location) DO UPDATE SET up = s.up + excluded.up, degraded = s.degraded + excluded.degraded,
            down = s.down + excluded.down, unknown = s.unknown + excluded.unknown, kept_up = s.kept_up + excluded.kept_up,
            kept_degraded = s.kept_degraded + excluded.kept_degraded, kept_down = s.kept_down + excluded.kept_down,
            latency_us = s.latency_us + excluded.latency_us, latency_max_us = greatest(s.latency_max_us, excluded.latency_max_us),
            raw = s.raw || excluded.raw
        """,
        parameters: [
            .int4Array, .timestamptzArray, .textArray, .int2Array, .int2Array, .int2Array, .int2Array, .int2Array,
            .int2Array, .int2Array,
            .int8Array, .int8Array, .byteaArray,
        ]
    )
    private static let dirtyStatement = PostgresStatement(
        "health_dirty_hour_add",
        "INSERT INTO health_dirty_hour (hour) SELECT DISTINCT date_trunc('hour', m) FROM unnest($1) m ORDER BY 1 ON CONFLICT (hour) DO UPDATE SET hour = excluded.hour",
        parameters: [.timestamptzArray]
    )
    private static let foldStatement = PostgresStatement(
        "health_fold",
        """
        WITH due AS (DELETE FROM health_dirty_hour WHERE hour IN (
            SELECT hour FROM health_dirty_hour ORDER BY hour LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING hour)
        SELECT hour, health_fold(hour)::text FROM due
        """
    )
    private static let upkeepStatement = PostgresStatement(
        "health_partitions",
        "SELECT health_ensure_partitions(), health_drop_partitions()"
    )

    /// The numbers of checks in the history; new ones get theirs.
    func numbers(of checks: [String]) async throws(HealthError) -> [String: Int32] {
        var names = PostgresArray(.text)
        for check in Set(checks).sorted() { names.append(check) }
        var bindings = PostgresBindings()
        bindings.append(names)
        var numbers: [String: Int32] = [:]
        // Another aggregator may add the same names in the same moment: what it adds is seen at the second look.
        for _ in 0..<2 where numbers.count < names.count {
            let result = try await execute(Self.numbersStatement, bindings)
            try decode { () throws(PostgresError) in
                for row in 0..<result.rowCount { numbers[try result.string(row, 0)] = try result.int32(row, 1) }
            }
        }
        return numbers
    }

    /// Writes the findings of some minutes.
    func write(
        _ minutes: [(key: MinuteSample.Key, sample: MinuteSample)],
        numbers: [String: Int32]
    ) async throws(HealthError) {
        var (checks, times, locations) = (PostgresArray(.int4), PostgresArray(.timestamptz), PostgresArray(.text))
        var counts = (0..<7).map { _ in PostgresArray(.int2) }
        var (latencies, longest, raw) = (PostgresArray(.int8), PostgresArray(.int8), PostgresArray(.bytea))
        // Rows are locked in one order, whoever writes.
        for (key, sample) in minutes.sorted(by: { ($0.key.check, $0.key.minute) < ($1.key.check, $1.key.minute) }) {
            guard let number = numbers[key.check] else { continue }
            checks.append(number)
            times.appendTimestamp(microsecondsSince1970: key.minute)
            locations.append(key.location)
            let all: [ProbeResult.Status] = [.up, .degraded, .down, .unknown]
            let fields = all.map { sample.counts[$0] ?? 0 } + all.dropLast().map { sample.kept[$0] ?? 0 }
            for (place, field) in fields.enumerated() { counts[place].append(field) }
            latencies.append(sample.latency)
            longest.append(sample.longest)
            raw.append(bytes: sample.packed)
        }
        guard checks.count > 0 else { return }
        var bindings = PostgresBindings()
        for array in [checks, times, locations] + counts + [latencies, longest, raw] { bindings.append(array) }
        var hours = PostgresBindings()
        hours.append(times)
        _ = try await transaction([(Self.writeStatement, bindings), (Self.dirtyStatement, hours)])
    }

    /// Carries the oldest hour that changed on to the later stages; false when there is none.
    func foldOnce() async throws(HealthError) -> Bool { try await execute(Self.foldStatement).rowCount > 0 }

    /// Makes the partitions of the coming days and drops those that no stage keeps.
    func keepPartitions() async throws(HealthError) { _ = try await execute(Self.upkeepStatement) }
}
