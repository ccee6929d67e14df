// SPDX-License-Identifier: Apache-2.0
// Martlet: the parts of a base backup, in the order of their coming.

/// What comes next in a base backup.
public enum BaseBackupEvent: Hashable, Sendable {
    /// A tar archive begins: its name (`base.tar`, `16400.tar`), and the tablespace's folder or nothing.
    case archive(name: String, location: String)
    /// The manifest begins.
    case manifest
    /// Bytes of what began last.
    case data([UInt8])
    /// All has come; the log is needed up to this position.
    case end(LSN, timeline: UInt32)
}
