// SPDX-License-Identifier: Apache-2.0
// Martlet: writes JSON straight into a buffer.

public import NIOCore
public import Platform

/// Writes one JSON text; commas and quotes are its business, balance is the caller's.
///
/// ```swift
/// var json = JSONWriter()
/// json.object { json in
///     json.field("id", "42")
///     json.field("existing", false)
/// }
/// let body = json.buffer
/// ```
public struct JSONWriter {
    /// What was written so far.
    public private(set) var buffer: ByteBuffer
    private var needsComma = false

    /// Begins an empty text.
    public init(capacity: Int = 256) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// Writes an object around what `body` writes.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        nested(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
    }

    /// Writes an array around what `body` writes.
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        nested(UInt8(ascii: "["), UInt8(ascii: "]"), body)
    }

    /// Writes a key; a value must follow. The name must need no escapes.
    public mutating func key(_ name: StaticString) {
        separate()
        buffer.writeInteger(UInt8(ascii: "\""))
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
    }

    /// Writes a key of any text; a value must follow.
    public mutating func key(named name: String) {
        separate()
        quoted(name)
        buffer.writeInteger(UInt8(ascii: ":"))
    }

    /// Writes a string.
    public mutating func string(_ value: String) {
        separate()
        quoted(value)
        needsComma = true
    }

    /// Writes a whole number.
    public mutating func number(_ value: some FixedWidthInteger) {
        separate()
        buffer.writeString(String(value))
        needsComma = true
    }

    /// Writes a number; what is no number becomes null.
    public mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        // Whole numbers without ".0"; both forms are JSON.
        buffer.writeString(Int64(exactly: value).map { String($0) } ?? "\(value)")
        needsComma = true
    }

    /// Writes true or false.
    public mutating func boolean(_ value: Bool) {
        separate()
        buffer.writeStaticString(value ? "true" : "false")
        needsComma = true
    }

    /// Writes null.
    public mutating func null() {
        separate()
        buffer.writeStaticString("null")
        needsComma = true
    }

    /// Writes a value that is JSON already, byte for byte.
    public mutating func raw(_ value: some Sequence<UInt8>) {
        separate()
        buffer.writeBytes(value)
        needsComma = true
    }

    /// Writes an RFC 3339 time in UTC, to the microsecond.
    public mutating func time(_ value: Timestamp) {
        separate()
        var text: [UInt8] = []
        text.reserveCapacity(29)
        text.append(UInt8(ascii: "\""))
        value.write(into: &text)
        text.append(UInt8(ascii: "\""))
        buffer.writeBytes(text)
        needsComma = true
    }

    private mutating func nested(_ opening: UInt8, _ closing: UInt8, _ body: (inout JSONWriter) -> Void) {
        separate()
        buffer.writeInteger(opening)
        body(&self)
        buffer.writeInteger(closing)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func quoted(_ value: String) {
        buffer.writeInteger(UInt8(ascii: "\""))
        if value.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
            for byte in value.utf8 { escaped(byte) }
        } else {
            buffer.writeString(value)
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22: buffer.writeStaticString("\\\"")
        case 0x5C: buffer.writeStaticString("\\\\")
        case 0x0A: buffer.writeStaticString("\\n")
        case 0x0D: buffer.writeStaticString("\\r")
        case 0x09: buffer.writeStaticString("\\t")
        case 0..<0x20:
            buffer.writeStaticString("\\u00")
            for digit in [byte >> 4, byte & 15] { buffer.writeInteger(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        default: buffer.writeInteger(byte)
        }
    }
}
