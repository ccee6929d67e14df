// SPDX-License-Identifier: Apache-2.0
// Martlet: the names of a backup's objects.
public import ObjectStore

/// Where the objects of one backup lie in a store.
public struct BackupPath: Hashable, Sendable {
    /// Whose backup it is.
    public let system: SystemID
    /// The backup.
    public let id: BackupID

    /// Of a backup of a system.
    public init(_ id: BackupID, of system: SystemID) {
        self.id = id
        self.system = system
    }

    /// What all names of this backup begin with.
    public var prefix: String { "\(Self.prefix(of: system))\(id)/" }
    /// What all names of a system's backups begin with.
    public static func prefix(of system: SystemID) -> String { "\(system)/backups/" }

    /// Written first.
    public var head: ObjectKey { key("head") }
    /// Written last: a backup exists when this does.
    public var entry: ObjectKey { key("entry") }
    /// The archives' index of an attempt to finish, from 1: `index`, `index-2` and so on.
    public func index(_ attempt: Int) -> ObjectKey { key(attempt == 1 ? "index" : "index-\(attempt)") }
    /// A volume, from 1: `volume-000001`.
    public func volume(_ number: UInt32) -> ObjectKey { key(Self.volumeName(number)) }
    /// The list of a volume's chunks.
    public func volumeIndex(_ number: UInt32) -> ObjectKey { key("\(Self.volumeName(number)).index") }

    /// Who its data key belongs to.
    var owner: KeyOwner { .backup(id, of: system) }

    /// Volumes that a backup may have.
    static let mostVolumes: UInt32 = 999_999

    private static func volumeName(_ number: UInt32) -> String {
        let digits = String(number)
        return "volume-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    private func key(_ name: String) -> ObjectKey {
        guard let key = ObjectKey(prefix + name) else { preconditionFailure("no name: \(prefix)\(name)") }
        return key
    }
}
