// SPDX-License-Identifier: Apache-2.0
// Martlet: compression of single chunks by zstd and lz4.
internal import CLZ4
internal import Synchronization

/// Compresses and expands chunks; zstd's contexts are made once, used for many chunks and freed with this object.
final class CodecContext: Sendable {
    private let zstd = Mutex(ZstdHandles())

    /// The chunk as it is to be stored: compressed, or as it is where that is not larger.
    func pack(_ plain: [UInt8], by compression: Compression) -> (ChunkCodec, [UInt8]) {
        let codec: ChunkCodec
        let packed: [UInt8]?
        switch compression {
        case .none: return (.plain, plain)
        case .lz4: (codec, packed) = (.lz4, Self.lz4(plain))
        case .zstd(let level): (codec, packed) = (.zstd, zstd.withLock { $0.compress(plain, level: level) })
        }
        guard let packed, packed.count < plain.count else { return (.plain, plain) }
        return (codec, packed)
    }

    /// The chunk as it was; never more than `size` bytes are made.
    func expand(_ packed: [UInt8], by codec: ChunkCodec, to size: Int) throws(FormatFault) -> [UInt8] {
        let plain: [UInt8]?
        switch codec {
        case .plain: plain = packed
        case .lz4: plain = Self.lz4(expanding: packed, to: size)
        case .zstd: plain = zstd.withLock { $0.expand(packed, to: size) }
        }
        guard let plain, plain.count == size else { throw FormatFault("the chunk does not expand to its length") }
        return plain
    }

    private static func lz4(_ plain: [UInt8]) -> [UInt8]? {
        guard plain.count > 1 else { return nil }
        // One byte less than the chunk: what does not get smaller is given up early.
        let room = plain.count - 1
        let packed = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            let made = plain.withUnsafeBytes { source in
                LZ4_compress_default(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    Int32(source.count),
                    Int32(room)
                )
            }
            count = max(0, Int(made))
        }
        return packed.isEmpty ? nil : packed
    }

    private static func lz4(expanding packed: [UInt8], to size: Int) -> [UInt8]? {
        var isSound = false
        let plain = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let made = packed.withUnsafeBytes { source in
                LZ4_decompress_safe(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    Int32(source.count),
                    Int32(size)
                )
            }
            isSound = made >= 0
            count = max(0, Int(made))
        }
        return isSound ? plain : nil
    }
}
