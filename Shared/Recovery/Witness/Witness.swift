// SPDX-License-Identifier: Apache-2.0
// Martlet: what was in a database when a backup began, for a drill to find again.
public import Postgres

/// Counts and digests of rows that no later moment of the database may lack.
///
/// A backup of a living server is not the state of one moment, and a drill replays the log beyond it; so only statements
/// are made that stay true. They rest on two things:
/// - Some tables are only ever added to (`job`, `job_attempt`, `queue`, `martlet_migration`), and lose rows only by whole
///   partitions, which are recognised by their names.
/// - `horizon` is the oldest transaction that was still under way when the witness began. All below it had ended,
///   their subtransactions too, so the rows that they wrote to such a table are the same for ever: whoever counts the
///   rows below the horizon, at whatever later moment, gets the same number. So each table is counted by a short transaction
///   of its own, and no snapshot holds vacuum back.
///
/// A transaction that stays open for long holds the horizon back: what was written since it began is not witnessed.
/// Transaction numbers of rows have 32 bits. Rows that are more than 2^31 transactions older than the drill may be
/// taken for newer ones; where tables keep rows for that long, leave them out.
public struct Witness: Hashable, Codable, Sendable {
    /// The version of this format.
    public static let version = 1
    /// The name of a backup's archive that holds one.
    public static let archive = "witness.json"

    /// The version of the format.
    public var format = Witness.version
    /// The database.
    public var database: String
    /// Rows of transactions below count.
    public var horizon: UInt64
    /// All that counts was in the log before; a recovery that ends earlier can't be compared.
    public var position: LSN
    /// When it was taken, by the server's clock, as RFC 3339.
    public var taken: String
    /// What was seen, for each table or partition.
    public var tables: [WitnessTable] = []
    /// Tables for which there was no time.
    public var omitted: [String] = []

    /// Begins one.
    public init(database: String, horizon: UInt64, position: LSN, taken: String) {
        self.database = database
        self.horizon = horizon
        self.position = position
        self.taken = taken
    }

    private enum CodingKeys: String, CodingKey {
        case format, database, horizon, taken, tables, omitted
        case position = "lsn"
    }
}
