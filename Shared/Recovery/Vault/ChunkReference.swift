// SPDX-License-Identifier: Apache-2.0
// Martlet: where a stored chunk lies.

/// A chunk or a list of references in a volume; 52 bytes when written.
struct ChunkReference: Hashable, Sendable {
    static let size = 20 + SHA256Sum.size

    /// The volume's number.
    let volume: UInt32
    /// The frame's number in it.
    let frame: UInt32
    /// Where the frame begins in the volume.
    let offset: UInt32
    /// Bytes of the whole frame.
    let stored: UInt32
    /// Bytes before compression.
    let plain: UInt32
    /// Of the bytes before compression.
    let sum: SHA256Sum

    init(volume: UInt32, frame: UInt32, offset: UInt32, stored: UInt32, plain: UInt32, sum: SHA256Sum) {
        self.volume = volume
        self.frame = frame
        self.offset = offset
        self.stored = stored
        self.plain = plain
        self.sum = sum
    }

    /// Reads a reference; nil when bytes are missing or it can't be one.
    init?(_ cursor: inout ByteCursor) {
        guard let volume = cursor.number(UInt32.self), let frame = cursor.number(UInt32.self),
            let offset = cursor.number(UInt32.self), let stored = cursor.number(UInt32.self),
            let plain = cursor.number(UInt32.self), let sum = cursor.sum(), plain <= FrameHeader.largest,
            stored >= FrameHeader.size + FrameHeader.tagSize, stored <= FrameHeader.largestFrame
        else { return nil }
        self.init(volume: volume, frame: frame, offset: offset, stored: stored, plain: plain, sum: sum)
    }

    /// Where the frame ends in the volume.
    var end: Int64 { Int64(offset) + Int64(stored) }

    func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: volume)
        bytes.append(bigEndian: frame)
        bytes.append(bigEndian: offset)
        bytes.append(bigEndian: stored)
        bytes.append(bigEndian: plain)
        bytes.append(contentsOf: sum.bytes)
    }
}
