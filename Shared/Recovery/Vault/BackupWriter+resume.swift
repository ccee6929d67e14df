// SPDX-License-Identifier: Apache-2.0
// Martlet: takes up a backup that an earlier run left unfinished.
public import ObjectStore

extension BackupWriter {
    /// Takes up an unfinished backup: chunks that whole volumes hold are recognised and not stored again.
    ///
    /// Archives are written from their beginnings again; options may differ, except for the encryption, which stays as
    /// it was begun. Nobody else may be writing this backup.
    /// - Throws: `.notFound` when there is none, `.request` when it is finished, `.wrongKey`, `.damaged`.
    public static func resume(
        _ id: BackupID,
        of system: SystemID,
        in store: any ObjectStore,
        keys: KeyRing,
        options: VaultOptions,
        pace: BytePace,
        progress: BackupProgress
    ) async throws(RecoveryError) -> BackupWriter {
        try options.check()
        let objects = try await BackupObjects.list(id, of: system, in: store)
        guard !objects.isFinished else {
            throw RecoveryError(.request, "the backup is finished", object: objects.path.entry)
        }
        let head = try await BackupHead.read(at: objects.path, in: store, keys: keys)
        var parts = ResumedParts()
        parts.garbage = objects.garbage(besides: nil)
        var known: [SHA256Sum: ChunkReference] = [:]
        var earlier: [VolumeRecord] = []
        for number in objects.usableVolumes {
            let index = try await VolumeIndex.load(number, at: objects.path, in: store, keys: keys, data: head.key)
            guard index.volume.size == objects.size(ofVolume: number) else {
                let message = "the volume does not have the length that its index says"
                throw RecoveryError(.damaged, message, object: objects.path.volume(number))
            }
            earlier.append(index.record)
            for frame in index.frames where frame.kind == .chunk {
                guard known.count < options.knownChunks else {
                    parts.chunksBeyondLimit += 1
                    continue
                }
                known[frame.reference.sum] = frame.reference
            }
        }
        parts.volumes = earlier.map(\.summary)
        parts.chunks = known.count
        return BackupWriter(
            objects.path,
            store,
            head,
            options,
            pace,
            progress,
            known: known,
            earlier: earlier,
            resumed: parts,
            nextVolume: objects.nextVolume
        )
    }
}
