// SPDX-License-Identifier: Apache-2.0
// Martlet: comparing a restored database with its witness.
internal import Platform
internal import Postgres

/// Looks for what a witness saw.
struct WitnessComparison: Sendable {
    let session: PostgresSession
    let end: ContinuousClock.Instant

    struct Outcome: Sendable {
        /// Tables that were compared.
        var tables = 0
        var findings: [DrillFinding] = []
        var notes: [String] = []
    }

    /// Compares.
    /// - Parameters:
    ///   - position: Behind the last byte that was replayed; nil: not known.
    ///   - until: When the restored database was last written to; partitions of earlier days may be gone.
    /// - Throws: `.deadline`, `.database`, `.cancelled`.
    func run(_ witness: Witness, position: LSN?, until: Timestamp) async throws(RecoveryError) -> Outcome {
        var outcome = Outcome()
        guard witness.format == Witness.version else {
            outcome.notes.append("the witness has format \(witness.format), which this program does not know")
            return outcome
        }
        if let position, position < witness.position {
            outcome.findings.append(
                DrillFinding(
                    .witness,
                    "position",
                    "recovery ended at \(position), before \(witness.position), where the witness of the backup was"
                )
            )
        }
        let query = WitnessQuery(session: session, end: end)
        try await query.prepare()
        if !witness.omitted.isEmpty {
            outcome.notes.append("no time was left to witness \(witness.omitted.joined(separator: ", "))")
        }
        let columns = try await columns(query)
        for table in witness.tables {
            guard let present = columns[table.name] else {
                missing(table, until, columns, &outcome)
                continue
            }
            guard table.columns.allSatisfy(present.contains) else {
                outcome.notes.append("\(table.name) has lost columns since, by a migration: not compared")
                continue
            }
            outcome.tables += 1
            try await compare(table, witness, query, &outcome)
        }
        return outcome
    }

    private func compare(
        _ table: WitnessTable,
        _ witness: Witness,
        _ query: WitnessQuery,
        _ outcome: inout Outcome
    ) async throws(RecoveryError) {
        var differences: [String] = []
        var rows: Int64 = 0
        for range in table.ranges {
            let found = try await query.count(
                table.name,
                columns: table.columns,
                in: range.bounds,
                below: witness.horizon
            )
            guard found.rows != range.rows || found.digest != range.digest else { continue }
            let place = range.bounds.map { " with \($0.column) from \($0.first) to \($0.last)" } ?? ""
            let what =
                found.rows == range.rows
                ? "\(found.rows) rows of other content" : "\(found.rows) rows and not \(range.rows)"
            differences.append(what + place)
            rows += abs(found.rows - range.rows)
        }
        guard !differences.isEmpty else { return }
        outcome.findings.append(
            DrillFinding(
                .witness,
                table.name,
                "\(table.name) is not what it was when the backup was made",
                count: rows,
                examples: differences
            )
        )
    }

    /// A partition whose day is over may have been dropped, together with its siblings; nothing else may be gone.
    private func missing(
        _ table: WitnessTable,
        _ until: Timestamp,
        _ present: [String: Set<String>],
        _ outcome: inout Outcome
    ) {
        let day = table.name.suffix(8)
        let isDay = table.parent != nil && day.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let today = until.formatted().prefix(10).filter { $0 != "-" }
        let siblings = table.parent.map { parent in
            ["job", "job_done", "job_attempt"].map { "public.\($0)_\(day)" }.filter {
                parent.hasPrefix("public.job") && present[$0] != nil
            }
        }
        if isDay, day < today, siblings?.isEmpty ?? true {
            outcome.notes.append("\(table.name) was dropped after the backup, as old partitions are")
        } else {
            outcome.findings.append(DrillFinding(.witness, table.name, "\(table.name) is gone"))
        }
    }

    private func columns(_ query: WitnessQuery) async throws(RecoveryError) -> [String: Set<String>] {
        let rows = try await query.text(
            """
            SELECT format('%I.%I', n.nspname, c.relname), quote_ident(a.attname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            """
        )
        var found: [String: Set<String>] = [:]
        for row in rows { found[row[0], default: []].insert(row[1]) }
        return found
    }
}
