// SPDX-License-Identifier: Apache-2.0
// Martlet: the head of a frame.

/// What stands in front of a frame's content, 16 bytes, all numbers big-endian.
///
/// ```
/// 0   1  kind: 1 chunk, 2 list, 3 facts, 4 end
/// 1   1  codec: 0 as it is, 1 lz4, 2 zstd
/// 2   2  zero
/// 4   4  number of the frame in its volume or object, from 0
/// 8   4  bytes before compression, at most 4 MiB
/// 12  4  bytes of content stored, never more than before compression
/// 16     the content, then 16 bytes of tag
/// ```
struct FrameHeader: Equatable {
    static let size = 16
    static let tagSize = 16
    /// Bytes that a frame may hold before compression.
    static let largest = 4 << 20
    /// Bytes that a frame may have in all.
    static let largestFrame = size + largest + tagSize

    let kind: FrameKind
    let codec: ChunkCodec
    let number: UInt32
    let plain: Int
    let stored: Int

    init(kind: FrameKind, codec: ChunkCodec, number: UInt32, plain: Int, stored: Int) {
        self.kind = kind
        self.codec = codec
        self.number = number
        self.plain = plain
        self.stored = stored
    }

    init(_ cursor: inout ByteCursor) throws(FormatFault) {
        guard let kind = cursor.number(UInt8.self), let codec = cursor.number(UInt8.self),
            let zero = cursor.number(UInt16.self), let number = cursor.number(UInt32.self),
            let plain = cursor.number(UInt32.self), let stored = cursor.number(UInt32.self)
        else { throw FormatFault("a frame is cut off in its header") }
        guard let kind = FrameKind(rawValue: kind) else { throw FormatFault("a frame of unknown kind \(kind)") }
        guard let codec = ChunkCodec(rawValue: codec) else { throw FormatFault("a frame of unknown codec \(codec)") }
        guard zero == 0, plain <= Self.largest, stored <= plain, codec != .plain || stored == plain else {
            throw FormatFault("a frame of impossible length: \(stored) bytes for \(plain)")
        }
        self.init(kind: kind, codec: codec, number: number, plain: Int(plain), stored: Int(stored))
    }

    /// Bytes of the whole frame.
    var frameSize: Int { Self.size + stored + Self.tagSize }

    func append(to bytes: inout [UInt8]) {
        bytes.append(kind.rawValue)
        bytes.append(codec.rawValue)
        bytes.append(bigEndian: UInt16(0))
        bytes.append(bigEndian: number)
        bytes.append(bigEndian: UInt32(plain))
        bytes.append(bigEndian: UInt32(stored))
    }
}
