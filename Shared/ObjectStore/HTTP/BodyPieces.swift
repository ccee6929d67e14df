// SPDX-License-Identifier: Apache-2.0
// Martlet: a request's body in small pieces.
internal import NIOCore

/// Slices of one buffer: the connection takes them at its own pace, so that TLS never encrypts a whole part ahead.
struct BodyPieces: AsyncSequence, Sendable {
    /// Bytes at once.
    static let piece = 256 << 10

    let bytes: ByteBuffer

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ByteBuffer

        mutating func next() async -> ByteBuffer? {
            rest.readableBytes == 0 ? nil : rest.readSlice(length: Swift.min(BodyPieces.piece, rest.readableBytes))
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes) }
}
