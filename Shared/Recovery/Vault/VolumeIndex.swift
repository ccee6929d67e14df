// SPDX-License-Identifier: Apache-2.0
// Martlet: the list of a volume's chunks.
internal import ObjectStore

/// What a volume holds: sealed beside it, so that a resumed run knows what is stored and a check what to expect.
///
/// ```
/// 0   2  version, 1
/// 2   4  number of the volume
/// 6   8  bytes of the volume
/// 14 32  SHA-256 of the volume
/// 46  4  number of frames, without the end frame
/// 50     the frames: 1 byte of kind and a reference of 52 bytes each
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

    let volume: VolumeSummary
    let frames: [Frame]

    init(volume: VolumeSummary, frames: [Frame]) {
        self.volume = volume
        self.frames = frames
    }

    init(_ bytes: [UInt8]) throws(FormatFault) {
        var cursor = ByteCursor(bytes)
        guard let version = cursor.number(UInt16.self), version == Self.version else {
            throw FormatFault("an index of a version that this program does not know; it knows 1")
        }
        guard let number = cursor.number(UInt32.self), let size = cursor.number(UInt64.self), let sum = cursor.sum(),
            let count = cursor.number(UInt32.self), count <= Self.mostFrames, size <= UInt64(Int64.max)
        else { throw FormatFault("the index of the volume is damaged") }
        var frames: [Frame] = []
        for _ in 0..<count {
            guard let kind = cursor.number(UInt8.self).flatMap(FrameKind.init(rawValue:)),
                let reference = ChunkReference(&cursor), reference.volume == number
            else { throw FormatFault("the index of the volume is damaged") }
            frames.append(Frame(kind: kind, reference: reference))
        }
        guard cursor.left == 0 else { throw FormatFault("the index of the volume is too long") }
        self.init(volume: VolumeSummary(number: number, size: Int64(size), sum: sum), frames: frames)
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.version)
        bytes.append(bigEndian: volume.number)
        bytes.append(bigEndian: UInt64(volume.size))
        bytes.append(contentsOf: volume.sum.bytes)
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
