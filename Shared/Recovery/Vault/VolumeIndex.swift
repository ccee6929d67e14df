// SPDX-License-Identifier: Apache-2.0
// Martlet: the list of a volume's chunks.
internal import ObjectStore

/// What a volume holds: sealed beside it, so that a resumed run knows what is stored and a check what to expect.
///
/// ```
/// 0   2  version, 1
/// 2  60  the volume (VolumeRecord)
/// 62  4  number of frames, without the end frame
/// 66     the frames: 1 byte of kind and a reference of 52 bytes each
/// ```
struct VolumeIndex: Sendable {
    /// One frame.
    struct Frame: Sendable {
        let kind: FrameKind
        let reference: ChunkReference
    }

    private static let version: UInt16 = 1
    /// Frames that a volume may have.
    static let mostFrames = 65_536
    /// Bytes that a stored index may have.
    static let longest = 4 << 20

    let record: VolumeRecord
    let frames: [Frame]

    /// The volume.
    var volume: VolumeSummary { record.summary }

    init(record: VolumeRecord, frames: [Frame]) {
        self.record = record
        self.frames = frames
    }

    init(_ bytes: [UInt8]) throws(FormatFault) {
        var cursor = ByteCursor(bytes)
        guard let version = cursor.number(UInt16.self), version == Self.version else {
            throw FormatFault("an index of a version that this program does not know; it knows 1")
        }
        guard let record = VolumeRecord(&cursor), let count = cursor.number(UInt32.self), count <= Self.mostFrames
        else { throw FormatFault("the index of the volume is damaged") }
        var frames: [Frame] = []
        for _ in 0..<count {
            guard let kind = cursor.number(UInt8.self).flatMap(FrameKind.init(rawValue:)),
                let reference = ChunkReference(&cursor), reference.volume == record.summary.number
            else { throw FormatFault("the index of the volume is damaged") }
            frames.append(Frame(kind: kind, reference: reference))
        }
        guard cursor.left == 0 else { throw FormatFault("the index of the volume is too long") }
        self.init(record: record, frames: frames)
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.version)
        record.append(to: &bytes)
        bytes.append(bigEndian: UInt32(frames.count))
        for frame in frames {
            bytes.append(frame.kind.rawValue)
            frame.reference.append(to: &bytes)
        }
        return bytes
    }

    /// Reads a stored index.
    static func load(
        _ number: UInt32,
        at path: BackupPath,
        in store: any ObjectStore,
        keys: KeyRing,
        data: DataKey?
    ) async throws(RecoveryError) -> VolumeIndex {
        let name = path.volumeIndex(number)
        return try await store.fromAnyCopy { store throws(RecoveryError) in
            let sealed = try await store.load(name, limit: longest)
            let plain = try SealedObject.open(sealed, name: name, keys: keys, data: data)
            do throws(FormatFault) {
                let index = try VolumeIndex(plain)
                guard index.volume.number == number else { throw FormatFault("it is the index of another volume") }
                return index
            } catch {
                throw error.error(in: name)
            }
        }
    }
}
