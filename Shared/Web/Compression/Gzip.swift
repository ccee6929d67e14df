// SPDX-License-Identifier: Apache-2.0
// Martlet: gzip of bytes that are in memory whole.

internal import CZlib
internal import NIOCore

/// Compresses answers by gzip (RFC 1952).
enum Gzip {
    /// Smaller answers go as they are: they fit a packet anyhow.
    static let smallest = 1_024
    /// Larger ones do too, since zlib counts in 32 bits and they would keep a thread for long.
    static let largest = 64 << 20

    /// The bytes compressed; nil when that saves nothing.
    ///
    /// - Parameter level: 1 (fast) to 9 (small).
    static func compress(_ bytes: ByteBuffer, level: Int32) -> ByteBuffer? {
        let length = bytes.readableBytes
        guard length > 0, length <= largest else { return nil }
        let bound = Int(martlet_gzip_bound(UInt(length)))
        var packed = ByteBuffer()
        packed.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
            bytes.withUnsafeReadableBytes { source in
                guard let from = source.baseAddress, let into = target.baseAddress else { return 0 }
                return Int(
                    martlet_gzip(
                        from.assumingMemoryBound(to: UInt8.self),
                        UInt32(length),
                        into.assumingMemoryBound(to: UInt8.self),
                        UInt32(clamping: target.count),
                        level
                    )
                )
            }
        }
        guard packed.readableBytes > 0, packed.readableBytes < length else { return nil }
        // Its room was made for the worst case, and it may be kept for long.
        return ByteBuffer(packed.readableBytesView)
    }

    /// Whether content of this type gets smaller by it.
    static func suits(_ type: String?) -> Bool {
        guard let type = type?.prefix(while: { $0 != ";" }).lowercased() else { return false }
        return type.hasPrefix("text/") || type.hasSuffix("json") || type.hasSuffix("xml")
            || type.hasSuffix("javascript")
    }
}
