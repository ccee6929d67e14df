// SPDX-License-Identifier: Apache-2.0
// Martlet: the SHA-256 of a body, in the spellings that AWS asks for.
internal import Crypto
internal import FoundationEssentials

/// A SHA-256.
struct PayloadDigest: Hashable, Sendable {
    let bytes: [UInt8]

    /// Hashes bytes at once; for large ones, feed a hasher and take ``init(_:)``.
    init(of bytes: some Sequence<UInt8> & ContiguousBytes) {
        var hasher = SHA256()
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        self.init(hasher)
    }

    /// What a hasher has come to.
    init(_ hasher: SHA256) { bytes = Array(hasher.finalize()) }

    /// Of no bytes.
    static let empty = PayloadDigest(SHA256())

    /// 64 hexadecimal digits.
    var hex: String { Self.hex(bytes) }
    /// Base64, as in `x-amz-checksum-sha256`.
    var base64: String { Data(bytes).base64EncodedString() }

    /// Lower-case hexadecimal digits.
    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        for byte in bytes {
            for nibble in [byte >> 4, byte & 15] { digits.append(nibble + (nibble < 10 ? 0x30 : 0x57)) }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
