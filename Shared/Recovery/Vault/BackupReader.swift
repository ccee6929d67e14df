// SPDX-License-Identifier: Apache-2.0
// Martlet: a finished backup, ready to be read.
public import ObjectStore

/// Reads a backup's archives; everything is checked on the way: authenticity, SHA-256 of each chunk and each archive.
///
/// ```swift
/// let checked = try await CatalogueEntry.load(id, of: system, in: store, keys: keys)
/// let reader = try await BackupReader.open(checked.entry, in: store, keys: keys, pace: BytePace())
/// try await reader.read(ArchiveName(fixed: "base.tar")) { bytes in try await restore.write(bytes) }
/// ```
public final class BackupReader: Sendable {
    /// The archives, by name.
    public let archives: [ArchiveSummary]
    /// The backup.
    public let entry: CatalogueEntry
    let store: any ObjectStore
    let keys: KeyRing
    let key: DataKey?
    let pace: BytePace
    let threads: ByteThreads
    let index: [ArchiveName: ArchiveIndex]
    /// By number.
    let volumes: [UInt32: VolumeRecord]
    /// Pieces that are fetched and opened ahead; each has at most 4 MiB before compression, or is one chunk.
    let window: Int

    /// Opens a backup: its head, its data key and its index, which is compared with the entry.
    /// - Parameter threads: Threads that decrypt and expand, 1 to 64.
    /// - Throws: `.wrongKey`, `.damaged`, `.notFound`, `.store`.
    public static func open(
        _ entry: CatalogueEntry,
        in store: any ObjectStore,
        keys: KeyRing,
        pace: BytePace,
        threads: Int = VaultOptions.usualThreads
    ) async throws(RecoveryError) -> BackupReader {
        let (key, index) = try await parts(of: entry, in: store, keys: keys)
        return BackupReader(entry, store, keys, key, pace, index, threads: min(64, max(1, threads)))
    }

    /// The data key and the index, checked against the entry.
    static func parts(
        of entry: CatalogueEntry,
        in store: any ObjectStore,
        keys: KeyRing
    ) async throws(RecoveryError) -> (DataKey?, BackupIndex) {
        let head = try await BackupHead.read(at: entry.path, in: store, keys: keys)
        let name = entry.path.index(entry.attempt)
        let sealed: [UInt8]
        do throws(RecoveryError) {
            sealed = try await store.fromAnyCopy { store throws(RecoveryError) in
                let sealed = try await store.load(
                    name,
                    limit: min(Int(clamping: entry.index.size), BackupIndex.longest)
                )
                guard sealed.count == entry.index.size, SHA256Sum(of: sealed) == entry.index.sum else {
                    throw FormatFault("it is not the index that the entry means").error(in: name)
                }
                return sealed
            }
        } catch {
            guard error.code != .notFound else { throw FormatFault(DamageReport.missing).error(in: name) }
            throw error
        }
        let plain = try SealedObject.open(sealed, name: name, keys: keys, data: head.key)
        let index: BackupIndex
        do throws(FormatFault) { index = try BackupIndex(plain) } catch { throw error.error(in: name) }
        guard index.volumes == entry.volumes, index.archives.map(\.summary) == entry.archives,
            entry.isEncrypted == (head.key != nil)
        else {
            throw FormatFault("the entry does not say what the index says").error(in: entry.path.entry)
        }
        return (head.key, index)
    }

    private init(
        _ entry: CatalogueEntry,
        _ store: any ObjectStore,
        _ keys: KeyRing,
        _ key: DataKey?,
        _ pace: BytePace,
        _ index: BackupIndex,
        threads: Int
    ) {
        archives = entry.archives
        self.entry = entry
        self.store = store
        self.keys = keys
        self.key = key
        self.pace = pace
        self.index = Dictionary(index.archives.map { ($0.summary.name, $0) }) { first, _ in first }
        volumes = Dictionary(index.records.map { ($0.summary.number, $0) }) { first, _ in first }
        self.threads = ByteThreads(count: threads)
        window = min(16, threads + 2)
    }
}
