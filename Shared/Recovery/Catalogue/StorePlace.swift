// SPDX-License-Identifier: Apache-2.0
// Martlet: what an object in a store is, by its name.
internal import ObjectStore

/// What an object's name says that it is.
enum StorePlace: Hashable, Sendable {
    /// A part of a backup, by the last part of its name.
    case backup(BackupID, String)
    /// A check's result.
    case check(BackupID, CheckKind)
    /// A WAL file.
    case wal(WALFileName)
    /// A piece of a segment that is under way.
    case piece(WALSegment)
    /// A generation of a lease; nil for a probe of the store's clock.
    case lease(UInt64?)
    /// Somebody reads the backup.
    case reader(BackupID)
    /// An export, by its name.
    case export(String)
    /// A key wrapped by a key service, by its id.
    case key(String)

    /// Reads the name of an object below a system's prefix; nil for what is none of ours.
    init?(_ key: ObjectKey, in layout: StoreLayout) {
        guard key.description.hasPrefix(layout.prefix) else { return nil }
        let parts = key.description.dropFirst(layout.prefix.count).split(separator: "/")
        switch (parts.first, parts.count) {
        case ("backups", 3):
            guard let id = BackupID(String(parts[1])), Self.isPart(parts[2]) else { return nil }
            self = .backup(id, String(parts[2]))
        case ("checks", 3):
            let name = parts[2].split(separator: "-", omittingEmptySubsequences: false)
            guard let id = BackupID(String(parts[1])), name.count == 2, name[0].utf8.count == 16,
                let kind = CheckKind(rawValue: String(name[1]))
            else { return nil }
            self = .check(id, kind)
        case ("wal", 3):
            guard let name = WALFileName(String(parts[2])), WALSegment.digits(name.timeline) == parts[1] else {
                return nil
            }
            self = .wal(name)
        case ("wal", 4):
            guard parts[2].hasSuffix(".part"), let segment = WALSegment(parts[2].dropLast(5)),
                WALSegment.digits(segment.timeline) == parts[1], WALArchive.piece(parts[3]) != nil
            else { return nil }
            self = .piece(segment)
        case ("readers", 3):
            guard let id = BackupID(String(parts[1])) else { return nil }
            self = .reader(id)
        case ("exports", 2) where StoredExports.isName(String(parts[1])): self = .export(String(parts[1]))
        case ("keys", 2) where KeyLine.isID(String(parts[1])): self = .key(String(parts[1]))
        case (let name?, 2) where LeaseKind(rawValue: String(name)) != nil:
            if parts[1].hasPrefix("clock-") {
                self = .lease(nil)
                return
            }
            guard parts[1].utf8.count == 16, let generation = UInt64(parts[1], radix: 16) else { return nil }
            self = .lease(generation)
        default: return nil
        }
    }

    private static func isPart(_ name: Substring) -> Bool {
        if ["head", "index", "entry", "pinned"].contains(name) { return true }
        if name.hasPrefix("index-") { return Int(name.dropFirst(6)).map { $0 > 1 } ?? false }
        guard name.hasPrefix("volume-") else { return false }
        let number = name.dropFirst(7)
        let digits = number.hasSuffix(".index") ? number.dropLast(6) : number
        return digits.utf8.count == 6 && Int(digits) != nil
    }
}
