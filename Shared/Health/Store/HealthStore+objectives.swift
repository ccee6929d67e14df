// SPDX-License-Identifier: Apache-2.0
// Martlet: good and all events of each objective.

internal import Platform
internal import Postgres

/// Good and all events.
public struct EventCounts: Sendable, Equatable {
    /// Events that met the objective, and all.
    public var good = 0, total = 0
    /// The same without what fell into maintenance.
    public var keptGood = 0, keptTotal = 0

    /// The share of good events; nil without any.
    public var share: Double? { total > 0 ? Double(good) / Double(total) : nil }
    /// The same without maintenance.
    public var keptShare: Double? { keptTotal > 0 ? Double(keptGood) / Double(keptTotal) : nil }

    static func += (left: inout EventCounts, right: EventCounts) {
        left.good += right.good
        left.total += right.total
        left.keptGood += right.keptGood
        left.keptTotal += right.keptTotal
    }
}

extension HealthStore {
    private static let addStatement = PostgresStatement(
        "health_objective_add",
        """
        INSERT INTO health_objective AS o (id, at, good, total, kept_good, kept_total) SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id, at) DO UPDATE SET good = o.good + excluded.good, total = o.total + excluded.total,
            kept_good = o.kept_good + excluded.kept_good, kept_total = o.kept_total + excluded.kept_total
        """,
        parameters: [.textArray, .timestamptzArray, .int8Array, .int8Array, .int8Array, .int8Array]
    )
    private static let sumStatement = PostgresStatement(
        "health_objective_sum",
        """
        SELECT w.n, coalesce(sum(good), 0)::int8, coalesce(sum(total), 0)::int8, coalesce(sum(kept_good), 0)::int8, coalesce(sum(kept_total), 0)::int8
        FROM unnest($2) WITH ORDINALITY w (span, n) LEFT JOIN health_objective o
            ON o.id = $1 AND o.at > $3 - w.span * interval '1 microsecond' AND o.at <= $3
        GROUP BY w.n ORDER BY w.n
        """,
        parameters: [.text, .int8Array, .timestamptz]
    )
    private static let foldStatement = PostgresStatement(
        "health_objective_fold",
        """
        WITH old AS (DELETE FROM health_objective WHERE at < date_trunc('hour', now()) - interval '3 days' AND at <> date_trunc('hour', at)
            RETURNING *)
        INSERT INTO health_objective AS o (id, at, good, total, kept_good, kept_total)
        SELECT id, date_trunc('hour', at), sum(good), sum(total), sum(kept_good), sum(kept_total) FROM old GROUP BY 1, 2
        ON CONFLICT (id, at) DO UPDATE SET good = o.good + excluded.good, total = o.total + excluded.total,
            kept_good = o.kept_good + excluded.kept_good, kept_total = o.kept_total + excluded.kept_total
        """
    )

    /// Adds events of minutes.
    func add(_ events: [(objective: String, minute: Timestamp, counts: EventCounts)]) async throws(HealthError) {
        guard !events.isEmpty else { return }
        var (ids, times) = (PostgresArray(.text), PostgresArray(.timestamptz))
        var counts = (0..<4).map { _ in PostgresArray(.int8) }
        // Rows are locked in one order, whoever writes.
        for event in events.sorted(by: { ($0.objective, $0.minute) < ($1.objective, $1.minute) }) {
            ids.append(event.objective)
            times.append(event.minute)
            let fields = [event.counts.good, event.counts.total, event.counts.keptGood, event.counts.keptTotal]
            for (place, field) in fields.enumerated() { counts[place].append(Int64(field)) }
        }
        var bindings = PostgresBindings()
        for array in [ids, times] + counts { bindings.append(array) }
        _ = try await execute(Self.addStatement, bindings)
    }

    /// An objective's events within spans that end at a time, in the order of the spans.
    func events(of objective: String, within spans: [Duration], until end: Timestamp) async throws(HealthError)
        -> [EventCounts]
    {
        var lengths = PostgresArray(.int8)
        for span in spans { lengths.append(span.inMicroseconds) }
        var bindings = PostgresBindings()
        bindings.append(objective)
        bindings.append(lengths)
        bindings.append(end)
        let result = try await execute(Self.sumStatement, bindings)
        return try decode { () throws(PostgresError) in
            var counts: [EventCounts] = []
            for row in 0..<result.rowCount {
                counts.append(
                    EventCounts(
                        good: try result.int(row, 1),
                        total: try result.int(row, 2),
                        keptGood: try result.int(row, 3),
                        keptTotal: try result.int(row, 4)
                    )
                )
            }
            return counts
        }
    }

    /// Adds up the minutes of more than three days ago by hour.
    func foldObjectives() async throws(HealthError) { _ = try await execute(Self.foldStatement) }
}
