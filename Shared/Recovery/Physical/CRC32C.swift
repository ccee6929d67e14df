// SPDX-License-Identifier: Apache-2.0
// Martlet: CRC-32C (Castagnoli), which PostgreSQL's manifests use for files.
internal import CLinux

/// A running CRC-32C, eight bytes a step: by the processor's instruction, or by tables where it has none.
struct CRC32C: Sendable {
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? 0x82F6_3B78 ^ value >> 1 : value >> 1 }
            tables[byte] = value
        }
        for byte in 0..<256 {
            for table in 1..<8 {
                let last = tables[(table - 1) * 256 + byte]
                tables[table * 256 + byte] = tables[Int(last & 0xFF)] ^ last >> 8
            }
        }
        return tables
    }()

    private static let hasInstruction = martlet_has_crc32c() != 0

    private let usesInstruction: Bool
    private var state: UInt32 = .max

    /// - Parameter usesTables: Whether the instruction is left alone.
    init(usesTables: Bool = false) { usesInstruction = Self.hasInstruction && !usesTables }

    /// The checksum of what has been taken.
    var value: UInt32 { ~state }

    mutating func update(_ bytes: Span<UInt8>) {
        state = bytes.withUnsafeBytes { bytes in
            usesInstruction ? martlet_crc32c(state, bytes.baseAddress, bytes.count) : Self.byTables(state, bytes)
        }
    }

    private static func byTables(_ state: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = state
        tables.withUnsafeBufferPointer { tables in
            var offset = 0
            while offset + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let mixed = word ^ UInt64(crc)
                var next: UInt32 = 0
                for index in 0..<8 {
                    next ^= tables[(7 - index) * 256 + Int(mixed >> UInt64(8 * index) & 0xFF)]
                }
                crc = next
                offset += 8
            }
            while offset < bytes.count {
                crc = tables[Int((crc ^ UInt32(bytes[offset])) & 0xFF)] ^ crc >> 8
                offset += 1
            }
        }
        return crc
    }
}
