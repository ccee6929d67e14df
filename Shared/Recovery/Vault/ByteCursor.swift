// SPDX-License-Identifier: Apache-2.0
// Martlet: reads numbers and bytes one after another, never beyond the end.

/// A place within some bytes; each read moves it on, and is nil when too few bytes are left.
struct ByteCursor {
    private let bytes: [UInt8]
    private(set) var offset: Int
    private let end: Int

    init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
        end = bytes.count
    }

    /// Bytes that are left.
    var left: Int { end - offset }

    /// A number in network order.
    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard left >= size else { return nil }
        var value: Number = 0
        for byte in bytes[offset..<offset + size] { value = value << 8 | Number(byte) }
        offset += size
        return value
    }

    /// A number of bytes.
    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, left >= count else { return nil }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    /// A SHA-256.
    mutating func sum() -> SHA256Sum? { take(SHA256Sum.size).flatMap { SHA256Sum(bytes: $0) } }
}
