// SPDX-License-Identifier: Apache-2.0
// Martlet: a volume that is being written.
internal import Crypto
internal import ObjectStore

/// One volume under way: frames are sealed and appended until it is closed.
struct OpenVolume {
    let number: UInt32
    let name: ObjectKey
    private let upload: any ObjectUpload
    private let salt: [UInt8]
    private let seal: FrameSeal
    private let threads: ByteThreads
    private var sum = SHA256()
    private(set) var size = 0
    private var mark = EndMark()
    private(set) var frames: [VolumeIndex.Frame] = []

    /// Begins a volume.
    init(
        _ header: VolumeHeader,
        at path: BackupPath,
        in store: any ObjectStore,
        key: DataKey?,
        threads: ByteThreads
    ) async throws(RecoveryError) {
        number = header.number
        name = path.volume(header.number)
        salt = header.salt
        seal = header.seal(by: key)
        self.threads = threads
        do throws(ObjectStoreError) { upload = try await store.upload(to: name, when: .absent) } catch {
            throw RecoveryError(error)
        }
        do throws(RecoveryError) { try await append(header.encoded) } catch {
            await upload.abandon()
            throw error
        }
    }

    /// Appends a chunk.
    mutating func append(
        _ kind: FrameKind,
        _ codec: ChunkCodec,
        _ content: [UInt8],
        plain: Int,
        sum plainSum: SHA256Sum
    ) async throws(RecoveryError) -> ChunkReference {
        let header = FrameHeader(
            kind: kind,
            codec: codec,
            number: mark.frames,
            plain: plain,
            stored: content.count
        )
        let reference = ChunkReference(
            volume: number,
            frame: mark.frames,
            offset: UInt32(size),
            stored: UInt32(header.frameSize),
            plain: UInt32(plain),
            sum: plainSum
        )
        let (seal, sum) = (seal, sum)
        let (frame, next) = try await threads.run { _ throws(RecoveryError) in
            let frame = try seal.seal(header, content)
            var next = sum
            next.update(data: frame)
            return (frame, next)
        }
        self.sum = next
        try await write(frame)
        mark.frames += 1
        mark.plain += UInt64(plain)
        frames.append(VolumeIndex.Frame(kind: kind, reference: reference))
        return reference
    }

    /// Ends the volume: it is whole and durable afterwards.
    mutating func close() async throws(RecoveryError) -> VolumeIndex {
        try await append(try mark.sealed(by: seal))
        do throws(ObjectStoreError) { _ = try await upload.finish() } catch { throw RecoveryError(error) }
        let summary = VolumeSummary(number: number, size: Int64(size), sum: SHA256Sum(sum.finalize()))
        return VolumeIndex(record: VolumeRecord(summary: summary, salt: salt), frames: frames)
    }

    /// Leaves nothing behind.
    func abandon() async { await upload.abandon() }

    private mutating func append(_ bytes: [UInt8]) async throws(RecoveryError) {
        sum.update(data: bytes)
        try await write(bytes)
    }

    private mutating func write(_ bytes: [UInt8]) async throws(RecoveryError) {
        do throws(ObjectStoreError) { try await upload.write(bytes) } catch { throw RecoveryError(error) }
        size += bytes.count
    }
}
