// SPDX-License-Identifier: Apache-2.0
// Martlet: the statements of a witness.
internal import Postgres

/// Builds and runs what is asked when a witness is taken and when it is compared: the same, or they would not agree.
struct WitnessQuery: Sendable {
    let session: PostgresSession
    let end: ContinuousClock.Instant

    /// How rows are written as text must not depend on settings.
    func prepare() async throws(RecoveryError) {
        _ = try await run(
            """
            SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;
            SET bytea_output = 'hex'; SET xmlbinary = 'base64'; SET lc_monetary = 'C'; SET search_path = pg_catalog;
            SET lock_timeout = '2s'
            """
        )
    }

    /// Counts rows below a horizon.
    ///
    /// A row's transaction has 32 bits; it is the latest number that ends so and is not in the future. Numbers
    /// below 3 are the system's own, and older than all.
    func count(
        _ table: String,
        columns: [String],
        in bounds: WitnessRange.Bounds?,
        below horizon: UInt64
    ) async throws(RecoveryError) -> (rows: Int64, digest: String) {
        let range = bounds.map { bounds in
            "t.\(bounds.column) BETWEEN \(Self.quoted(bounds.first)) AND \(Self.quoted(bounds.last)) AND "
        }
        let row = columns.map { "t.\($0)" }.joined(separator: ", ")
        let sql = """
            SELECT count(*)::text, coalesce(sum(hashtextextended(ROW(\(row))::text, 0)::numeric), 0)::text
            FROM \(table) t, (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8 AS next OFFSET 0) n
            WHERE \(range ?? "")(t.xmin::text::int8 < 3
                OR n.next - ((n.next - t.xmin::text::int8) & 4294967295) < \(horizon))
            """
        let values = try await text(sql)
        guard let first = values.first, first.count == 2, let rows = Int64(first[0]) else {
            throw RecoveryError(.internal, "a count has no number")
        }
        return (rows, first[1])
    }

    /// Bytes of a table, without its indexes.
    func size(of table: String) async throws(RecoveryError) -> Int64 {
        let rows = try await text("SELECT pg_relation_size(\(Self.quoted(table)))::text")
        return rows.first?.first.flatMap { Int64($0) } ?? 0
    }

    /// Runs a script and returns the last statement's rows as text; NULL is an empty text.
    func text(_ sql: String) async throws(RecoveryError) -> [[String]] {
        try await run(sql).textRows()
    }

    private func run(_ sql: String) async throws(RecoveryError) -> PostgresResult {
        let left = end - ContinuousClock.now
        guard left > .zero else { throw RecoveryError(.deadline, "the witness took too long") }
        do throws(PostgresError) {
            // The server gives up first, so that the session stays usable.
            let limit = max(1, Int(left / .milliseconds(1)))
            try await session.simpleQuery("SET statement_timeout = \(limit)", deadline: left + .seconds(10))
            guard let last = try await session.simpleQuery(sql, deadline: left + .seconds(10)).last else {
                throw PostgresError(.decoding, "the server sent no result")
            }
            return last
        } catch {
            // Out of time, or somebody alters the table just now.
            if error.sqlState == "57014" || error.sqlState == "55P03" {
                throw RecoveryError(.deadline, "the witness took too long", cause: error)
            }
            throw RecoveryError(error)
        }
    }

    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
