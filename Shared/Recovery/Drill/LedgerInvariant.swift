// SPDX-License-Identifier: Apache-2.0
// Martlet: a rule that every state of the ledger keeps, which a restored one must keep too.

/// A rule with the query that finds what breaks it.
public struct LedgerInvariant: Hashable, Sendable {
    /// A stable name: `live-job-has-payload`.
    public let name: String
    /// What holds, in one sentence.
    public let sentence: String
    /// Finds the rows that break it, one text for each.
    let sql: String

    init(_ name: String, _ sentence: String, _ sql: String) {
        self.name = name
        self.sentence = sentence
        self.sql = sql
    }

    /// All rules of the ledger.
    public static let all = jobs + keys + counts + partitions + health

    /// The oldest job id that can still be there: those of days whose partitions were dropped are gone.
    static let oldestID = """
        (SELECT coalesce(min(CASE WHEN c.relname ~ '_[0-9]{8}$' THEN job_id_floor(right(c.relname, 8)::date::timestamp AT TIME ZONE 'UTC') END), 0)
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'job'::regclass)
        """
}
