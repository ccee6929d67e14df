// SPDX-License-Identifier: Apache-2.0
// Martlet: how a logical backup is made.
public import Platform

/// The settings of a logical backup.
public struct LogicalOptions: Sendable {
    /// What is done about roles and tablespaces, which belong to no database.
    public enum Globals: String, Sendable, CaseIterable {
        /// Saves them; passwords only where the server shows them, which managed servers don't.
        case automatic
        /// Saves them without passwords.
        case withoutPasswords
        /// Leaves them out.
        case none
    }

    /// Sessions that read tables at once; default 2, 1 to 32.
    public var sessions = 2
    /// Tables larger than this, TOAST included, are read in parts of about this size; default 128 MiB, at least 1 MiB.
    public var partSize = ByteCount.mebibytes(128)
    /// How long to wait for the locks on all tables before starting anew; default 20 s. Nobody else waits longer for it.
    public var lockTimeout: Duration = .seconds(20)
    /// How often to start anew when tables are locked or dropped meanwhile; default 5.
    public var attempts = 5
    /// What is done about roles and tablespaces; default automatic.
    public var globals = Globals.automatic
    /// How old the snapshot may become.
    public var snapshotLimits = SnapshotLimits()
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
        guard partSize >= .mebibytes(1) else {
            throw RecoveryError(.request, "the size of a part must be at least 1MiB, not \(partSize)")
        }
        guard (1...100).contains(attempts) else {
            throw RecoveryError(.request, "the number of attempts must be from 1 to 100, not \(attempts)")
        }
    }
}
