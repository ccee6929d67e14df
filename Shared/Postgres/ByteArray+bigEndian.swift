// SPDX-License-Identifier: Apache-2.0
// Martlet: writing PostgreSQL's binary formats into a byte array.

extension [UInt8] {
    /// Appends `value` in network order.
    @inline(__always)
    mutating func appendBigEndian<Value: FixedWidthInteger>(_ value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends a length prefix and an 8-byte value in one copy.
    @inline(__always)
    mutating func appendPrefixed(_ value: Int64) {
        let raw = UInt64(bitPattern: value)
        let parts = (
            UInt32(8).bigEndian, UInt32(truncatingIfNeeded: raw >> 32).bigEndian,
            UInt32(truncatingIfNeeded: raw).bigEndian
        )
        Swift.withUnsafeBytes(of: parts) { append(contentsOf: $0) }
    }

    /// Appends a length prefix and a 4-byte value in one copy.
    @inline(__always)
    mutating func appendPrefixed(_ value: Int32) {
        let parts = (UInt32(4).bigEndian, value.bigEndian)
        Swift.withUnsafeBytes(of: parts) { append(contentsOf: $0) }
    }

    /// Appends a length prefix and a 2-byte value.
    @inline(__always)
    mutating func appendPrefixed(_ value: Int16) {
        appendBigEndian(Int32(2))
        appendBigEndian(value)
    }

    /// Overwrites four bytes in network order.
    mutating func patchBigEndian(_ value: Int32, at offset: Int) {
        let raw = UInt32(bitPattern: value)
        self[offset] = UInt8(truncatingIfNeeded: raw >> 24)
        self[offset + 1] = UInt8(truncatingIfNeeded: raw >> 16)
        self[offset + 2] = UInt8(truncatingIfNeeded: raw >> 8)
        self[offset + 3] = UInt8(truncatingIfNeeded: raw)
    }

    /// Appends the bytes of `span` in one copy.
    mutating func append(span: Span<UInt8>) {
        span.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}
