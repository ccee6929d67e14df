// SPDX-License-Identifier: Apache-2.0
// Martlet: what is stored of a backup.
public import ObjectStore

/// The objects of one backup, finished or not, by their names.
public struct BackupObjects: Sendable {
    /// Which backup.
    public let path: BackupPath
    /// All objects.
    public let all: [ObjectInfo]
    /// Whether the backup is finished.
    public let isFinished: Bool
    /// Whether it was begun.
    public let isBegun: Bool
    private let sizes: [ObjectKey: Int64]

    /// Looks at a store; an unfinished backup of another program's lifetime may have up to 2,000,100 objects.
    public static func list(
        _ id: BackupID,
        of system: SystemID,
        in store: any ObjectStore
    ) async throws(RecoveryError) -> BackupObjects {
        let path = BackupPath(id, of: system)
        return BackupObjects(path, try await store.objects(prefix: path.prefix, limit: 2_000_100))
    }

    init(_ path: BackupPath, _ all: [ObjectInfo]) {
        self.path = path
        self.all = all
        sizes = Dictionary(all.map { ($0.key, $0.size) }) { first, _ in first }
        isFinished = sizes[path.entry] != nil
        isBegun = sizes[path.head] != nil
    }

    /// The numbers of the volumes that are stored whole and have their index.
    var usableVolumes: [UInt32] {
        volumeNumbers.filter { sizes[path.volume($0)] != nil && sizes[path.volumeIndex($0)] != nil }
    }

    /// The first number that no object has.
    var nextVolume: UInt32 { (volumeNumbers.last ?? 0) + 1 }

    /// Bytes of a volume.
    func size(ofVolume number: UInt32) -> Int64? { sizes[path.volume(number)] }

    /// Objects that no restore and no resumed run needs: what killed runs left, as far as names tell.
    /// - Parameter entry: The backup's entry; nil while it is unfinished.
    public func garbage(besides entry: CatalogueEntry?) -> [ObjectKey] {
        var needed: Set<ObjectKey> = [path.head, path.entry]
        if let entry { needed.insert(path.index(entry.attempt)) }
        for number in entry?.volumes.map(\.number) ?? usableVolumes {
            needed.insert(path.volume(number))
            needed.insert(path.volumeIndex(number))
        }
        return all.map(\.key).filter { !needed.contains($0) }
    }

    private var volumeNumbers: [UInt32] {
        var numbers: Set<UInt32> = []
        for object in all {
            let name = object.key.name
            guard name.hasPrefix("volume-"), let number = UInt32(name.dropFirst(7).prefix { $0 != "." }) else {
                continue
            }
            if object.key == path.volume(number) || object.key == path.volumeIndex(number) { numbers.insert(number) }
        }
        return numbers.sorted()
    }
}
