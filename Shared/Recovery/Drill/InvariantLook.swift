// SPDX-License-Identifier: Apache-2.0
// Martlet: looks whether a restored database keeps its rules.
internal import Jobs
internal import Postgres

/// Runs the rules on one database.
struct InvariantLook: Sendable {
    let session: PostgresSession
    /// The end of the phase; a rule that comes too late is a failure of the drill.
    let end: ContinuousClock.Instant

    /// What was found.
    struct Outcome: Sendable {
        var rules = 0
        var findings: [DrillFinding] = []
        var notes: [String] = []
    }

    /// Looks at everything.
    /// - Throws: `.deadline`, `.cancelled`. A query that fails otherwise is a finding of its rule: the table is
    ///   missing or can't be read.
    func run() async throws(RecoveryError) -> Outcome {
        var outcome = Outcome()
        // Names of times and partitions are compared as text.
        _ = try await query("SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 1")
        let isLedger =
            try await query("SELECT 1 WHERE to_regclass('public.martlet_migration') IS NOT NULL").rowCount > 0
        if isLedger {
            for rule in LedgerInvariant.all { try await look(rule, &outcome) }
            try await migrations(&outcome)
        } else {
            outcome.notes.append("the database is no ledger of Martlet's: only rules that hold anywhere were looked at")
        }
        for rule in try await foreignKeys() + sequences() { try await look(rule, &outcome) }
        return outcome
    }

    private func look(_ rule: LedgerInvariant, _ outcome: inout Outcome) async throws(RecoveryError) {
        let sql = """
            WITH broken (example) AS MATERIALIZED (\(rule.sql))
            SELECT (SELECT count(*) FROM broken)::text, example FROM broken LIMIT 5
            """
        outcome.rules += 1
        do throws(RecoveryError) {
            let result = try await query(sql)
            guard result.rowCount > 0 else { return }
            let (count, examples) = try Self.read(result)
            outcome.findings.append(
                DrillFinding(
                    .invariant,
                    rule.name,
                    "it does not hold that \(rule.sentence)",
                    count: count,
                    examples: examples
                )
            )
        } catch {
            guard error.code == .database else { throw error }
            outcome.findings.append(DrillFinding(.invariant, rule.name, "it can't be looked at: \(error.message)"))
        }
    }

    private static func read(_ result: PostgresResult) throws(RecoveryError) -> (Int64, [String]) {
        do throws(PostgresError) {
            var examples: [String] = []
            for row in 0..<result.rowCount { examples.append(try result.optionalString(row, 1) ?? "") }
            return (Int64(try result.string(0, 0)) ?? 0, examples)
        } catch {
            throw RecoveryError(error)
        }
    }

    /// Migrations are compared with those that are built into this program.
    private func migrations(_ outcome: inout Outcome) async throws(RecoveryError) {
        let known = LedgerMigrations.all
        let values = known.map { "(\($0.number), sha256(convert_to(\(Self.quoted($0.sql)), 'UTF8')))" }
        let rule = LedgerInvariant(
            "migration-checksums",
            "the migrations that were applied are those of this program",
            """
            SELECT m.number || ' ' || m.name FROM martlet_migration m
            JOIN (VALUES \(values.joined(separator: ", "))) k (number, sum) USING (number)
            WHERE m.checksum <> encode(k.sum, 'hex')
            """
        )
        try await look(rule, &outcome)
        let newest = known.map(\.number).max() ?? 0
        let other = try await query("SELECT max(number)::text FROM martlet_migration")
        guard let applied = (try? other.optionalString(0, 0)).flatMap({ $0 }).flatMap({ Int($0) }), applied != newest
        else {
            return
        }
        outcome.notes.append("the database has migrations up to \(applied), this program knows \(newest)")
    }

    /// A rule for each foreign key, which indexes and triggers kept when rows were written.
    private func foreignKeys() async throws(RecoveryError) -> [LedgerInvariant] {
        let result = try await query(
            """
            SELECT c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text,
                (SELECT string_agg(format('b.%I = a.%I', f.attname, k.attname), ' AND ')
                    FROM unnest(c.conkey, c.confkey) AS u (k, f)
                    JOIN pg_attribute k ON k.attrelid = c.conrelid AND k.attnum = u.k
                    JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = u.f),
                (SELECT string_agg(format('a.%I IS NOT NULL', k.attname), ' AND ')
                    FROM unnest(c.conkey) AS u (k) JOIN pg_attribute k ON k.attrelid = c.conrelid AND k.attnum = u.k)
            FROM pg_constraint c WHERE c.contype = 'f' AND c.convalidated AND c.conparentid = 0 ORDER BY 1, 2
            """
        )
        return try result.textRows().map { row in
            LedgerInvariant(
                "foreign-key \(row[1]).\(row[0])",
                "each row of \(row[1]) that refers to \(row[2]) finds its row there",
                "SELECT a.ctid::text FROM \(row[1]) a WHERE \(row[4]) AND NOT EXISTS (SELECT FROM \(row[2]) b WHERE \(row[3]))"
            )
        }
    }

    /// A rule for each column whose numbers only its sequence gives.
    private func sequences() async throws(RecoveryError) -> [LedgerInvariant] {
        let result = try await query(
            """
            SELECT a.attrelid::regclass::text, quote_ident(a.attname), d.objid::regclass::text
            FROM pg_attribute a JOIN pg_depend d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
                AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
            JOIN pg_sequence s ON s.seqrelid = d.objid
            WHERE a.attidentity = 'a' AND s.seqincrement > 0 AND NOT s.seqcycle ORDER BY 1, 2
            """
        )
        return try result.textRows().map { row in
            LedgerInvariant(
                "sequence \(row[0]).\(row[1])",
                "the sequence of \(row[0]) is not behind its rows",
                """
                SELECT 'row ' || m.n || ', sequence ' || s.last_value FROM (SELECT max(\(row[1])) AS n FROM \(row[0])) m, \(row[2]) s
                WHERE m.n > s.last_value OR m.n = s.last_value AND NOT s.is_called
                """
            )
        }
    }

    private func query(_ sql: String) async throws(RecoveryError) -> PostgresResult {
        let left = end - ContinuousClock.now
        guard left > .zero else { throw RecoveryError(.deadline, "the rules were not looked at in time") }
        do throws(PostgresError) {
            guard let last = try await session.simpleQuery(sql, deadline: left).last else {
                throw PostgresError(.decoding, "the server sent no result")
            }
            return last
        } catch {
            throw RecoveryError(error)
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }
}
