// SPDX-License-Identifier: Apache-2.0
// Martlet: what each location believes, written by those who probe and read by the one who leads.

internal import FoundationEssentials
public import Platform
internal import Postgres

extension HealthStore {
    private static let writeStatement = PostgresStatement(
        "health_observation_write",
        """
        INSERT INTO health_observation AS o (name, location, state, since, reason, is_flapping, is_suspect, failing_since, at, latency_us, parts,
            certificate_expires_at)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (name, location) DO UPDATE SET state = excluded.state, since = excluded.since, reason = excluded.reason,
            is_flapping = excluded.is_flapping, is_suspect = excluded.is_suspect, failing_since = excluded.failing_since, at = excluded.at,
            latency_us = excluded.latency_us, parts = excluded.parts, certificate_expires_at = excluded.certificate_expires_at
        WHERE o.at <= excluded.at
        """,
        parameters: [
            .textArray, .textArray, .textArray, .timestamptzArray, .textArray, .boolArray, .boolArray,
            .timestamptzArray,
            .timestamptzArray, .int8Array, .textArray, .timestamptzArray,
        ]
    )
    private static let readStatement = PostgresStatement(
        "health_observation_read",
        """
        SELECT name, location, state, since, reason, is_flapping, is_suspect, failing_since, at, latency_us, parts, certificate_expires_at
        FROM health_observation WHERE at >= $1
        """,
        parameters: [.timestamptz]
    )
    private static let oneStatement = PostgresStatement(
        "health_observation_read_one",
        """
        SELECT name, location, state, since, reason, is_flapping, is_suspect, failing_since, at, latency_us, parts, certificate_expires_at
        FROM health_observation WHERE name = $1
        """,
        parameters: [.text]
    )
    private static let knownStatement = PostgresStatement(
        "health_check_known",
        "SELECT EXISTS (SELECT FROM health_check WHERE name = $1)",
        parameters: [.text]
    )
    private static let dropStatement = PostgresStatement(
        "health_observation_drop",
        "DELETE FROM health_observation WHERE at < now() - interval '1 day'"
    )

    /// Writes what locations believe; an older finding never replaces a newer one.
    public func write(_ observations: [Observation]) async throws(HealthError) {
        guard !observations.isEmpty else { return }
        var (names, locations, states) = (PostgresArray(.text), PostgresArray(.text), PostgresArray(.text))
        var (since, failing, at) = (
            PostgresArray(.timestamptz), PostgresArray(.timestamptz), PostgresArray(.timestamptz)
        )
        var (reasons, parts, expiry) = (PostgresArray(.text), PostgresArray(.text), PostgresArray(.timestamptz))
        var (flapping, suspect, latencies) = (PostgresArray(.bool), PostgresArray(.bool), PostgresArray(.int8))
        // Rows are locked in one order, whoever writes.
        for entry in observations.sorted(by: { ($0.check, $0.location) < ($1.check, $1.location) }) {
            names.append(entry.check)
            locations.append(entry.location)
            states.append(entry.state.rawValue)
            since.append(entry.since)
            reasons.append(entry.reason)
            flapping.append(entry.isFlapping)
            suspect.append(entry.isSuspect)
            failing.append(entry.failingSince)
            at.append(entry.at)
            latencies.append(entry.latency.inMicroseconds)
            parts.append(entry.parts.isEmpty ? nil : PartCoding.encode(entry.parts))
            expiry.append(entry.certificateExpiry)
        }
        var bindings = PostgresBindings()
        for array in [
            names, locations, states, since, reasons, flapping, suspect, failing, at, latencies, parts, expiry,
        ] {
            bindings.append(array)
        }
        _ = try await execute(Self.writeStatement, bindings)
    }

    /// What locations believe, of findings made at a time or later.
    public func observations(since time: Timestamp) async throws(HealthError) -> [Observation] {
        var bindings = PostgresBindings()
        bindings.append(time)
        return try observations(try await execute(Self.readStatement, bindings))
    }

    /// What locations believe of a check; those that nobody renewed for a day are forgotten.
    public func observations(of check: String) async throws(HealthError) -> [Observation] {
        var bindings = PostgresBindings()
        bindings.append(check)
        return try observations(try await execute(Self.oneStatement, bindings))
    }

    /// Whether something was ever found of a check.
    public func knows(check: String) async throws(HealthError) -> Bool {
        var bindings = PostgresBindings()
        bindings.append(check)
        let result = try await execute(Self.knownStatement, bindings)
        return try decode { () throws(PostgresError) in try result.bool(0, 0) }
    }

    private func observations(_ result: PostgresResult) throws(HealthError) -> [Observation] {
        try decode { () throws(PostgresError) in
            var observations: [Observation] = []
            observations.reserveCapacity(result.rowCount)
            for row in 0..<result.rowCount {
                observations.append(
                    Observation(
                        check: try result.string(row, 0),
                        location: try result.string(row, 1),
                        state: CheckState(rawValue: try result.string(row, 2)) ?? .unknown,
                        since: try result.time(row, 3),
                        reason: try result.optionalString(row, 4),
                        isFlapping: try result.bool(row, 5),
                        isSuspect: try result.bool(row, 6),
                        failingSince: try result.optionalTime(row, 7),
                        at: try result.time(row, 8),
                        latency: .microseconds(try result.int64(row, 9)),
                        parts: try result.optionalString(row, 10).map(PartCoding.decode) ?? [],
                        certificateExpiry: try result.optionalTime(row, 11)
                    )
                )
            }
            return observations
        }
    }

    /// Forgets observations that nobody has renewed for a day.
    func dropOldObservations() async throws(HealthError) { _ = try await execute(Self.dropStatement) }
}

/// The parts of a target as JSON.
private enum PartCoding {
    private struct Stored: Codable {
        var n: String
        var s: String
        var r: String?
        /// When it was last found, in microseconds, if it is gone.
        var v: Int64?
    }

    static func encode(_ parts: [ProbeResult.Part]) -> String {
        let stored = parts.map {
            Stored(n: $0.name, s: $0.status.rawValue, r: $0.reason, v: $0.vanishedAt?.microseconds)
        }
        // Texts and nothing else: encoding them can't fail.
        return (try? JSONEncoder().encode(stored)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    static func decode(_ text: String) -> [ProbeResult.Part] {
        let stored = try? JSONDecoder().decode([Stored].self, from: Data(text.utf8))
        return (stored ?? []).map {
            ProbeResult.Part(
                name: $0.n,
                status: ProbeResult.Status(rawValue: $0.s) ?? .unknown,
                reason: $0.r,
                vanishedAt: $0.v.map(Timestamp.init(microseconds:))
            )
        }
    }
}
