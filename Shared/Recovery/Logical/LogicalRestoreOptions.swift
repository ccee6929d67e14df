// SPDX-License-Identifier: Apache-2.0
// Martlet: how a logical backup is restored.

/// The settings of a logical restore.
public struct LogicalRestoreOptions: Sendable {
    /// Sessions that fill tables and build indexes at once; default 2, 1 to 32.
    public var sessions = 2
    /// Whether the database is created when it isn't there; default false.
    public var creates = false
    /// Whether what an unfinished restore left is dropped first; default false.
    public var isFresh = false
    /// Whether roles that aren't there are created; roles that are there stay as they are. Default false.
    public var restoresGlobals = false
    /// Whether objects get their owners and privileges, whose roles must be there; default true.
    public var restoresOwners = true
    /// Whether all rows are read again afterwards and compared with the inventory; default true.
    public var checks = true
    /// The limit of the whole run; default 4 h.
    public var deadline: Duration = .seconds(4 * 3_600)
    /// Where PostgreSQL's programs are.
    public var programs = PostgresPrograms()

    /// The defaults.
    public init() {}

    /// Stops what is out of its range.
    func check() throws(RecoveryError) {
        guard (1...32).contains(sessions) else {
            throw RecoveryError(.request, "the number of sessions must be from 1 to 32, not \(sessions)")
        }
    }
}
