// SPDX-License-Identifier: Apache-2.0
// Martlet: the checksum of a file as a manifest states it.
internal import Crypto

/// A running checksum of the kind that a manifest names.
enum FileChecksum {
    case none
    case crc32c(CRC32C)
    case sha256(SHA256)

    /// Begins; nil for a kind that we never ask for.
    init?(_ algorithm: String?) {
        switch algorithm {
        case nil, "NONE": self = .none
        case "CRC32C": self = .crc32c(CRC32C())
        case "SHA256": self = .sha256(SHA256())
        default: return nil
        }
    }

    mutating func update(_ bytes: Span<UInt8>) {
        switch self {
        case .none: return
        case .crc32c(var sum):
            sum.update(bytes)
            self = .crc32c(sum)
        case .sha256(var sum):
            bytes.withUnsafeBytes { sum.update(bufferPointer: $0) }
            self = .sha256(sum)
        }
    }

    /// Hexadecimal, as the manifest writes it; empty where there is none.
    var hexadecimal: String {
        switch self {
        case .none: return ""
        case .crc32c(let sum):
            // PostgreSQL writes the four bytes as they lie in memory.
            return Self.hexadecimal(withUnsafeBytes(of: sum.value.littleEndian) { [UInt8]($0) })
        case .sha256(let sum): return Self.hexadecimal([UInt8](sum.finalize()))
        }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
