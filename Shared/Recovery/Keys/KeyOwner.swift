// SPDX-License-Identifier: Apache-2.0
// Martlet: what a data key belongs to.

/// A backup or a store key of a system, authenticated together with its wrapped key.
struct KeyOwner: Hashable, Sendable {
    let system: SystemID
    /// `backup <id>` or `key <id>`.
    let name: String

    static func backup(_ id: BackupID, of system: SystemID) -> KeyOwner {
        KeyOwner(system: system, name: "backup \(id)")
    }

    static func storeKey(_ id: String, of system: SystemID) -> KeyOwner { KeyOwner(system: system, name: "key \(id)") }

    /// As KMS takes it.
    var context: [String: String] { ["martlet-system": "\(system)", "martlet-owner": name] }

    /// As AES-GCM takes it.
    var bytes: [UInt8] { Array("martlet data key 1\n\(system)\n\(name)".utf8) }
}
