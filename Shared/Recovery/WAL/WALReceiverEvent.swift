// SPDX-License-Identifier: Apache-2.0
// Martlet: what happens to a receiver of the log.
public import Postgres

/// What a ``WALReceiver`` tells.
public enum WALReceiverEvent: Sendable {
    /// The log streams from a position on.
    case streaming(LSN, timeline: UInt32)
    /// The log between two positions is lost for the archive: only a new backup restores what comes after.
    case gap(from: LSN, to: LSN)
    /// The connection or the store failed; it will be tried again.
    case lost(RecoveryError)
}
