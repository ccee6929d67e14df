// SPDX-License-Identifier: Apache-2.0
// Martlet: what the archives of a physical backup are called.

/// Names of archives.
enum PhysicalArchives {
    /// The data folder.
    static let base = ArchiveName(fixed: "base.tar")
    /// The server's manifest.
    static let manifest = ArchiveName(fixed: "backup_manifest")

    /// A tablespace.
    static func tablespace(_ oid: UInt32) -> ArchiveName {
        ArchiveName("tablespace-\(oid).tar") ?? base
    }

    /// The OID in a tablespace's name; nil for other names.
    static func oid(_ name: ArchiveName) -> String? {
        let text = name.description
        guard text.hasPrefix("tablespace-"), text.hasSuffix(".tar"), let oid = UInt32(text.dropFirst(11).dropLast(4))
        else { return nil }
        return String(oid)
    }
}
