// SPDX-License-Identifier: Apache-2.0
// Martlet: which runs keep each other out.

/// A lease of a system: runs of one kind exclude each other, and nobody else.
public enum LeaseKind: String, CaseIterable, Sendable {
    /// Backups and prunes, which change what the store has.
    case change = "lease"
    /// Restore drills: no backup waits for one.
    case drill = "lease-drill"
}
