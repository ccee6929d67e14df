// SPDX-License-Identifier: Apache-2.0
// Martlet: a chunk that is ready to be stored, or found to be stored already.

/// What a thread made of a chunk.
struct PackedChunk: Sendable {
    /// What there is of it.
    enum Content: Sendable {
        /// The bytes to store.
        case packed(ChunkCodec, [UInt8])
        /// An earlier run stored it.
        case known(ChunkReference)
    }

    let kind: FrameKind
    /// Bytes before compression.
    let plain: Int
    /// Of the bytes before compression.
    let sum: SHA256Sum
    let content: Content

    /// Sums up and compresses, unless it is known.
    init(
        _ bytes: [UInt8],
        kind: FrameKind,
        known: [SHA256Sum: ChunkReference],
        compression: Compression,
        codecs: CodecContext
    ) {
        self.kind = kind
        plain = bytes.count
        sum = SHA256Sum(of: bytes)
        // A list is never taken for a chunk, nor a chunk for a list, even if somebody makes their bytes equal.
        if kind == .chunk, let reference = known[sum], reference.plain == bytes.count {
            content = .known(reference)
        } else {
            let (codec, packed) = codecs.pack(bytes, by: compression)
            content = .packed(codec, packed)
        }
    }
}
