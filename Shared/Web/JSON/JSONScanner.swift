// SPDX-License-Identifier: Apache-2.0
// Martlet: a strict, single-pass reader of JSON that hands out positions instead of values.

/// Reads one JSON text (RFC 8259, UTF-8) without building values.
///
/// ```swift
/// var scanner = JSONScanner(bytes)
/// var isFirst = true
/// try scanner.beginObject()
/// while let key = try scanner.nextKey(&isFirst) {
///     let raw = try scanner.skipValue()  // checked; bytes[raw] is the value as it came in
/// }
/// try scanner.finish()
/// ```
/// Everything that is passed over is checked: grammar, UTF-8, escapes, surrogates, and a nesting of at most ``maximumDepth``.
/// Numbers may be of any size. Nothing is allocated but by ``string(_:)``.
public struct JSONScanner: Sendable {
    /// How deep objects and arrays may nest: 64.
    public static let maximumDepth = 64

    /// The text.
    public let bytes: [UInt8]
    /// The position of the next byte.
    public internal(set) var offset: Int
    /// Where the text ends.
    let end: Int
    /// Objects and arrays entered by `beginObject` and `beginArray` and not left yet.
    var depth = 0

    /// Begins at the start of a text, or of one part of it (a line, say).
    public init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        let range = range?.clamped(to: 0..<bytes.count) ?? 0..<bytes.count
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// Passes over white space.
    public mutating func skipWhitespace() {
        while offset < end, bytes[offset] <= 0x20, Self.isWhitespace(bytes[offset]) { offset += 1 }
    }

    /// The kind of the next value, which stays where it is.
    public mutating func nextKind() throws(JSONFault) -> JSONKind {
        skipWhitespace()
        guard offset < end else { throw JSONFault(.unexpectedEnd, at: offset) }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw JSONFault(.unexpectedByte, at: offset)
        }
    }

    /// Enters an object.
    public mutating func beginObject() throws(JSONFault) { try enter(UInt8(ascii: "{")) }

    /// Enters an array.
    public mutating func beginArray() throws(JSONFault) { try enter(UInt8(ascii: "[")) }

    /// The next key of the object that was entered, its colon passed; nil when the object has ended.
    ///
    /// - Parameter isFirst: True before the first call; belongs to the scanner afterwards.
    public mutating func nextKey(_ isFirst: inout Bool) throws(JSONFault) -> JSONText? {
        guard try nextMember(&isFirst, closing: UInt8(ascii: "}")) else { return nil }
        let key = try stringToken()
        skipWhitespace()
        try expect(UInt8(ascii: ":"))
        return key
    }

    /// Whether the array that was entered has one more element, which comes next.
    ///
    /// - Parameter isFirst: True before the first call; belongs to the scanner afterwards.
    public mutating func nextElement(_ isFirst: inout Bool) throws(JSONFault) -> Bool {
        try nextMember(&isFirst, closing: UInt8(ascii: "]"))
    }

    /// Ends the reading: only white space may be left.
    public mutating func finish() throws(JSONFault) {
        skipWhitespace()
        guard offset == end else { throw JSONFault(.trailingBytes, at: offset) }
    }

    static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func enter(_ opening: UInt8) throws(JSONFault) {
        skipWhitespace()
        try expect(opening)
        depth += 1
        guard depth <= Self.maximumDepth else { throw JSONFault(.tooDeep, at: offset - 1) }
    }

    private mutating func nextMember(_ isFirst: inout Bool, closing: UInt8) throws(JSONFault) -> Bool {
        skipWhitespace()
        guard offset < end else { throw JSONFault(.unexpectedEnd, at: offset) }
        if bytes[offset] == closing {
            offset += 1
            depth -= 1
            return false
        }
        if isFirst {
            isFirst = false
        } else {
            try expect(UInt8(ascii: ","))
            skipWhitespace()
        }
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard offset < end else { throw JSONFault(.unexpectedEnd, at: offset) }
        guard bytes[offset] == byte else { throw JSONFault(.unexpectedByte, at: offset) }
        offset += 1
    }
}
