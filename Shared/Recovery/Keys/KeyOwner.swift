// SPDX-License-Identifier: Apache-2.0
// Martlet: what a data key belongs to.

/// A backup of a system, authenticated together with its wrapped key.
struct KeyOwner: Hashable, Sendable {
    let system: SystemID
    let backup: BackupID

    /// As KMS takes it.
    var context: [String: String] { ["martlet-system": "\(system)", "martlet-backup": "\(backup)"] }

    /// As AES-GCM takes it.
    var bytes: [UInt8] { Array("martlet data key 1\n\(system)\n\(backup)".utf8) }
}
