// SPDX-License-Identifier: Apache-2.0
// Martlet: one backup under way.
public import ObjectStore
internal import Platform
internal import Synchronization

/// Writes a backup: archives in, sealed volumes out; it exists once ``finish(_:)`` has returned.
///
/// Chunks of all open archives are compressed by threads in parallel and stored in order. What is in memory is bounded by
/// the options, whatever the size of the archives: chunks under way, one list of references for each open archive, and
/// at most 2 KiB for each finished one. After a failure every call throws that failure.
///
/// ```swift
/// let writer = try await BackupWriter.begin(id, of: system, in: store, keys: keys, options: .init(), pace: pace,
///     progress: progress)
/// let archive = try await writer.archive(ArchiveName(fixed: "base.tar"))
/// for try await bytes in stream { try await archive.write(bytes) }
/// _ = try await archive.finish()
/// let entry = try await writer.finish(facts)
/// ```
public final class BackupWriter: Sendable {
    struct State {
        var names: Set<ArchiveName> = []
        var open = 0
        var archives: [ArchiveIndex] = []
        var isEnded = false
    }

    /// What this run took over; empty for a new backup.
    public let resumed: ResumedParts
    /// Where the backup lies.
    public let path: BackupPath
    let store: any ObjectStore
    let key: DataKey?
    let keyID: String?
    let options: VaultOptions
    let pace: BytePace
    let progress: BackupProgress
    let threads: ByteThreads
    let known: [SHA256Sum: ChunkReference]
    /// The volumes of earlier runs.
    let earlier: [VolumeRecord]
    let line: ChunkLine
    let volumes: Task<[VolumeRecord], Never>
    let state = Mutex(State())

    /// Begins a new backup: writes its head.
    /// - Throws: `.request` for wrong options or no key, `.store` also when a backup has this id already.
    public static func begin(
        _ id: BackupID,
        of system: SystemID,
        in store: any ObjectStore,
        keys: KeyRing,
        options: VaultOptions,
        pace: BytePace,
        progress: BackupProgress
    ) async throws(RecoveryError) -> BackupWriter {
        try options.check()
        let path = BackupPath(id, of: system)
        let key = options.isEncrypted ? DataKey() : nil
        let head = try await BackupHead.write(key, at: path, in: store, keys: keys, when: .absent)
        return BackupWriter(
            path,
            store,
            OpenedHead(head: head, key: key),
            options,
            pace,
            progress,
            known: [:],
            earlier: [],
            resumed: ResumedParts(),
            nextVolume: 1
        )
    }

    init(
        _ path: BackupPath,
        _ store: any ObjectStore,
        _ head: OpenedHead,
        _ options: VaultOptions,
        _ pace: BytePace,
        _ progress: BackupProgress,
        known: [SHA256Sum: ChunkReference],
        earlier: [VolumeRecord],
        resumed: ResumedParts,
        nextVolume: UInt32
    ) {
        self.path = path
        self.store = store
        key = head.key
        keyID = head.head.key?.key
        self.options = options
        self.pace = pace
        self.progress = progress
        self.known = known
        self.earlier = earlier
        self.resumed = resumed
        threads = ByteThreads(count: options.threads)
        line = ChunkLine(window: options.window)
        let writer = VolumeWriter(
            path: path,
            store: store,
            key: head.key,
            options: options,
            threads: threads,
            progress: progress,
            line: line,
            next: nextVolume
        )
        // Owned by this object: it ends when the line does, and the line ends with this object at the latest.
        volumes = Task {
            var writer = writer
            return await writer.run()
        }
    }

    deinit { line.fail(RecoveryError(.cancelled, "the backup was let go of before its end")) }

    /// Begins an archive; several may be open at once, each with one owner.
    /// - Throws: `.request` when the backup has an archive of this name already; `.internal` after the end.
    public func archive(_ name: ArchiveName) async throws(RecoveryError) -> ArchiveWriter {
        let trouble: RecoveryError? = state.withLock { state in
            guard !state.isEnded else { return RecoveryError(.internal, "the backup has ended") }
            guard state.names.count < BackupIndex.mostArchives else {
                return RecoveryError(.request, "more than \(BackupIndex.mostArchives) archives")
            }
            guard state.names.insert(name).inserted else {
                return RecoveryError(.request, "the backup has two archives of the name \(name)")
            }
            state.open += 1
            return nil
        }
        if let trouble { throw trouble }
        return ArchiveWriter(name, in: self)
    }

    /// Leaves what a resumed run can use, and no entry. Also after a failure, and more than once.
    public func abandon() async {
        state.withLock { $0.isEnded = true }
        line.fail(RecoveryError(.cancelled, "the backup was abandoned"))
        _ = await volumes.value
    }
}
