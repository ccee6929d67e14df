// SPDX-License-Identifier: Apache-2.0
// Martlet: taking a witness.
public import Postgres

extension Witness {
    /// Looks at a database; before its backup begins, so that all that is seen lies before the backup's end.
    ///
    /// A standby can be looked at, too. Nothing is written.
    /// - Parameters:
    ///   - session: Its settings change; nobody else should use it.
    ///   - plan: What is looked at, and for how long.
    /// - Throws: `.database`, `.cancelled`. Tables that are not there are skipped; what is too slow is named in `omitted`.
    public static func take(_ session: PostgresSession, plan: WitnessPlan = WitnessPlan()) async throws(RecoveryError)
        -> Witness
    {
        let query = WitnessQuery(session: session, end: .now + plan.limit)
        try await query.prepare()
        // The position is asked for after the horizon: whatever had ended then lies before it.
        let began = try await query.text(
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot())::text, current_database()::text,
                to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            """
        )
        let position = try await query.text(
            "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END::text"
        )
        guard let first = began.first, first.count == 3, let horizon = UInt64(first[0]),
            let lsn = position.first?.first.flatMap({ LSN($0) })
        else { throw RecoveryError(.internal, "the server's snapshot has no horizon") }
        var witness = Witness(database: first[1], horizon: horizon, position: lsn, taken: first[2])
        for place in try await places(plan, query) {
            do throws(RecoveryError) {
                guard let table = try await look(at: place, plan, horizon, query) else { continue }
                witness.tables.append(table)
            } catch {
                guard error.code == .deadline else { throw error }
                witness.omitted.append(place.name)
            }
        }
        return witness
    }

    private struct Place {
        var name: String
        var parent: String?
        var columns: [String]
        /// The first column of the primary key.
        var key: String?
    }

    /// The tables of the plan that exist, and the partitions of those that have some.
    private static func places(_ plan: WitnessPlan, _ query: WitnessQuery) async throws(RecoveryError) -> [Place] {
        let names = plan.tables.map { "(\(WitnessQuery.quoted($0)))" }.joined(separator: ", ")
        guard !names.isEmpty else { return [] }
        let rows = try await query.text(
            """
            WITH wanted AS (SELECT to_regclass(name) AS id FROM (VALUES \(names)) v (name)),
            leaf AS (
                SELECT id, NULL::regclass AS parent FROM wanted WHERE (SELECT relkind FROM pg_class WHERE oid = id) = 'r'
                UNION SELECT t.relid, w.id FROM wanted w CROSS JOIN LATERAL pg_partition_tree(w.id) t WHERE t.isleaf AND t.relid <> w.id)
            SELECT format('%I.%I', n.nspname, c.relname),
                (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_class p JOIN pg_namespace pn ON pn.oid = p.relnamespace
                    WHERE p.oid = leaf.parent),
                (SELECT string_agg(quote_ident(attname), chr(1) ORDER BY attnum) FROM pg_attribute
                    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
                (SELECT quote_ident(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                    WHERE i.indrelid = c.oid AND i.indisprimary)
            FROM leaf JOIN pg_class c ON c.oid = leaf.id JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' ORDER BY 1
            """
        )
        return rows.map { row in
            Place(
                name: row[0],
                parent: row[1].isEmpty ? nil : row[1],
                columns: row[2].split(separator: "\u{1}").map(String.init),
                key: row[3].isEmpty ? nil : row[3]
            )
        }
    }

    private static func look(
        at place: Place,
        _ plan: WitnessPlan,
        _ horizon: UInt64,
        _ query: WitnessQuery
    ) async throws(RecoveryError) -> WitnessTable? {
        var table = WitnessTable(name: place.name, parent: place.parent, columns: place.columns, ranges: [])
        guard !place.columns.isEmpty else { return nil }
        do throws(RecoveryError) {
            let bytes = try await query.size(of: place.name)
            var bounds: [WitnessRange.Bounds?] = [nil]
            if bytes > plan.wholeBytes {
                guard let key = place.key else { return nil }
                bounds = try await samples(place, bytes, key, plan, query)
            }
            for bounds in bounds {
                let (rows, digest) = try await query.count(
                    place.name,
                    columns: place.columns,
                    in: bounds,
                    below: horizon
                )
                table.ranges.append(WitnessRange(bounds: bounds, rows: rows, digest: digest))
            }
        } catch {
            // A partition that was dropped meanwhile.
            let isGone = (error.cause as? PostgresError)?.sqlState == "42P01"
            guard isGone else { throw error }
            return nil
        }
        return table
    }

    /// Ranges of the key that begin at random rows; found by reading random blocks, not the table.
    private static func samples(
        _ place: Place,
        _ bytes: Int64,
        _ key: String,
        _ plan: WitnessPlan,
        _ query: WitnessQuery
    ) async throws(RecoveryError) -> [WitnessRange.Bounds?] {
        // One row for each of twice as many blocks as are wanted, since some may be empty.
        let percent = min(100.0, 100.0 * Double(max(1, plan.samples)) * 2 * 8_192 / Double(max(1, bytes)))
        let rows = try await query.text(
            """
            SELECT s.key::text, (SELECT max(r.key)::text FROM (
                SELECT t.\(key) AS key FROM \(place.name) t WHERE t.\(key) >= s.key ORDER BY 1 LIMIT \(max(1, plan.rowsPerSample))) r)
            FROM (SELECT DISTINCT ON ((t.ctid::text::point)[0]) t.\(key) AS key
                FROM \(place.name) t TABLESAMPLE SYSTEM (\(percent))) s
            ORDER BY random() LIMIT \(max(1, plan.samples))
            """
        )
        return rows.compactMap { row in
            row[1].isEmpty ? nil : WitnessRange.Bounds(column: key, first: row[0], last: row[1])
        }
    }
}
