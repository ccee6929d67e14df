// SPDX-License-Identifier: Apache-2.0
// Martlet: a SHA-256.
internal import Crypto

/// The SHA-256 of some bytes.
public struct SHA256Sum: Hashable, Sendable, CustomStringConvertible {
    /// Bytes that a sum has.
    public static let size = 32
    /// Four words rather than an array: sums are kept by the hundred thousand.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes 32 bytes over; nil for another number of them.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// Sums some bytes up.
    public init(of bytes: [UInt8]) { self.init(SHA256.hash(data: bytes)) }

    /// Takes a digest over.
    init(_ digest: SHA256Digest) {
        words = digest.withUnsafeBytes { raw in
            (
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
            )
        }
    }

    /// Reads 64 hexadecimal digits of lower case; nil if they are none.
    public init?(_ text: String) {
        guard let bytes = [UInt8](hex: text) else { return nil }
        self.init(bytes: bytes)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        for word in [words.0, words.1, words.2, words.3] { bytes.append(bigEndian: word) }
        return bytes
    }

    /// 64 hexadecimal digits.
    public var description: String { bytes.hex }

    /// Whether all bytes are the same.
    public static func == (left: SHA256Sum, right: SHA256Sum) -> Bool { left.words == right.words }

    /// Feeds the bytes; they are random, so half of them do.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
