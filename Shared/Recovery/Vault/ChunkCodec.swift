// SPDX-License-Identifier: Apache-2.0
// Martlet: how one chunk is compressed.

/// The compression of a frame's content, as its header writes it.
enum ChunkCodec: UInt8 {
    case plain = 0
    case lz4 = 1
    case zstd = 2
}
