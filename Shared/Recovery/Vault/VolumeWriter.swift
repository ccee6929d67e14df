// SPDX-License-Identifier: Apache-2.0
// Martlet: writes the volumes of a backup, one after another.
internal import ObjectStore
internal import Platform

/// The one who takes chunks from the line and stores them.
struct VolumeWriter {
    let path: BackupPath
    let store: any ObjectStore
    let key: DataKey?
    let options: VaultOptions
    private let threads: ByteThreads
    let progress: BackupProgress
    let line: ChunkLine
    /// The number of the next volume.
    var next: UInt32
    private var volume: OpenVolume?
    private var written: [VolumeRecord] = []

    init(
        path: BackupPath,
        store: any ObjectStore,
        key: DataKey?,
        options: VaultOptions,
        threads: ByteThreads,
        progress: BackupProgress,
        line: ChunkLine,
        next: UInt32
    ) {
        self.path = path
        self.store = store
        self.key = key
        self.options = options
        self.threads = threads
        self.progress = progress
        self.line = line
        self.next = next
    }

    /// Stores everything until the line is closed.
    /// - Returns: The volumes of this run, or nothing when the line has failed.
    mutating func run() async -> [VolumeRecord] {
        do throws(RecoveryError) {
            while let item = await line.next() {
                switch item {
                case .barrier(let barrier): barrier.resume()
                case .chunk(let chunk, let draft):
                    draft.add(try await store(chunk), chunk.kind)
                    line.left()
                }
            }
            if line.failure == nil { try await closeVolume() }
        } catch {
            line.fail(error)
        }
        await volume?.abandon()
        return written
    }

    private mutating func store(_ chunk: PackedChunk) async throws(RecoveryError) -> ChunkReference {
        let codec: ChunkCodec
        let content: [UInt8]
        switch chunk.content {
        case .known(let reference):
            progress.recognised(chunk.plain)
            return reference
        case .packed(let how, let bytes): (codec, content) = (how, bytes)
        }
        var volume = try await openVolume()
        let reference: ChunkReference
        do throws(RecoveryError) {
            reference = try await volume.append(chunk.kind, codec, content, plain: chunk.plain, sum: chunk.sum)
        } catch {
            self.volume = volume
            throw error
        }
        self.volume = volume
        progress.stored(Int(reference.stored))
        if volume.size >= options.volumeSize.bytes || volume.frames.count >= VolumeIndex.mostFrames {
            try await closeVolume()
        }
        return reference
    }

    private mutating func openVolume() async throws(RecoveryError) -> OpenVolume {
        if let volume { return volume }
        guard next <= BackupPath.mostVolumes else {
            throw RecoveryError(.request, "the backup has too many volumes; take larger ones")
        }
        let header = VolumeHeader(
            isEncrypted: key != nil,
            backup: path.id,
            number: next,
            salt: FrameSeal.randomSalt()
        )
        next += 1
        return try await OpenVolume(header, at: path, in: store, key: key, threads: threads)
    }

    private mutating func closeVolume() async throws(RecoveryError) {
        guard var volume else { return }
        let index = try await volume.close()
        self.volume = nil
        let name = path.volumeIndex(volume.number)
        let sealed = try SealedObject.seal(
            index.encoded,
            name: name,
            secret: key.map { .data($0) } ?? .none,
            options: options
        )
        try await store.save(sealed, at: name, when: .absent)
        written.append(index.record)
    }
}
