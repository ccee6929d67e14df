// SPDX-License-Identifier: Apache-2.0
// Leading: one worker at a time does the maintenance, and learns in the same statement what is due.

internal import Postgres

extension Ledger {
    /// What the ledger expects next.
    public struct Agenda: Sendable {
        /// The earliest check of each lane that has any, and of the rows in flight (`inFlight`); microseconds from now, 0 or less when due.
        public var waiting: [Lane: Int64] = [:]
        /// The same for the rows in flight.
        public var inFlight: Int64?
        /// Whether a suspect waits in quarantine.
        public var hasSuspects = false
    }

    private static let agenda = PostgresStatement(
        "leader_agenda",
        """
        WITH lead AS (
            UPDATE leader SET owner = $1, expires_at = now() + $2 * interval '1 microsecond'
            WHERE owner = $1 OR expires_at < now() RETURNING 1)
        SELECT l.lane, (extract(epoch FROM n.check_at - now()) * 1000000)::bigint
        FROM lead, unnest($3) AS l (lane) LEFT JOIN LATERAL (
            SELECT check_at FROM job_live WHERE lane = l.lane ORDER BY check_at LIMIT 1) n ON true
        """,
        parameters: [.int8, .int8, .int4Array]
    )

    private static let resign = PostgresStatement(
        "leader_resign",
        "UPDATE leader SET expires_at = now() WHERE owner = $1",
        parameters: [.int8]
    )

    /// Takes or keeps the lead, and reads what is due.
    ///
    /// - Returns: nil while another worker leads.
    public func lead(_ owner: Int64, for term: Duration, lanes: [Lane]) async throws(JobsError) -> Agenda? {
        var bindings = PostgresBindings()
        bindings.append(owner)
        bindings.append(term.wholeMicroseconds)
        bindings.append(Self.array([Lane.inFlight, Lane.quarantine] + lanes.map(\.rawValue)))
        let result = try await execute(Self.agenda, bindings)
        guard result.rowCount > 0 else { return nil }
        return try decode { () throws(PostgresError) in
            var agenda = Agenda()
            for row in 0..<result.rowCount {
                guard let wait = try result.optionalInt64(row, 1) else { continue }
                let lane = try result.int32(row, 0)
                switch lane {
                case Lane.inFlight: agenda.inFlight = wait
                case Lane.quarantine: agenda.hasSuspects = true
                default: agenda.waiting[Lane(rawValue: lane)] = wait
                }
            }
            return agenda
        }
    }

    /// Gives the lead up, so that another worker takes it at its next try.
    public func resign(_ owner: Int64) async throws(JobsError) {
        var bindings = PostgresBindings()
        bindings.append(owner)
        _ = try await execute(Self.resign, bindings)
    }
}
