// SPDX-License-Identifier: Apache-2.0
// Martlet: the bytes of a range as they come.
internal import NIOCore
internal import Synchronization

/// Gathers bytes of several exchanges.
final class PieceBuffer: Sendable {
    private let bytes: Mutex<[UInt8]>

    init(size: Int) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        self.bytes = Mutex(bytes)
    }

    var count: Int { bytes.withLock { $0.count } }

    func append(_ more: ByteBuffer) { bytes.withLock { $0.append(contentsOf: more.readableBytesView) } }

    /// Hands the bytes over without a copy.
    func take() -> [UInt8] {
        bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }
}
