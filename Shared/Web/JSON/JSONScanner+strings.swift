// SPDX-License-Identifier: Apache-2.0
// Martlet: checking and decoding JSON strings, eight bytes at a time where nothing special stands.

extension JSONScanner {
    /// The next value, which must be a string, checked but not decoded.
    public mutating func stringToken() throws(JSONFault) -> JSONText {
        skipWhitespace()
        guard offset < end else { throw JSONFault(.unexpectedEnd, at: offset) }
        guard bytes[offset] == UInt8(ascii: "\"") else { throw JSONFault(.unexpectedByte, at: offset) }
        let start = offset + 1
        var index = offset
        let hasEscapes = try Self.skipString(bytes.span.extracting(0..<end), &index)
        offset = index
        return JSONText(range: start..<(index - 1), hasEscapes: hasEscapes)
    }

    /// The string that a token stands for.
    public func string(_ token: JSONText) -> String {
        guard token.hasEscapes else { return String(decoding: bytes[token.range], as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(token.range.count)
        var index = token.range.lowerBound
        while index < token.range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            let (scalar, length) = escape(at: index)
            UTF8.encode(scalar)?.forEach { decoded.append($0) }
            index += length
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Whether the token stands for exactly this text.
    public func matches(_ token: JSONText, _ text: StaticString) -> Bool {
        guard !token.hasEscapes else { return string(token) == text.description }
        guard token.range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            var index = token.range.lowerBound
            for byte in expected {
                if bytes[index] != byte { return false }
                index += 1
            }
            return true
        }
    }

    /// Passes over a string from its opening quote; tells whether it holds an escape.
    static func skipString(_ text: borrowing Span<UInt8>, _ index: inout Int) throws(JSONFault) -> Bool {
        let raw = text.bytes
        var hasEscapes = false
        index += 1
        while true {
            while index + 8 <= text.count {
                let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
                let special = specialBytes(word)
                if special == 0 {
                    index += 8
                    continue
                }
                index += special.trailingZeroBitCount >> 3
                break
            }
            guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
            let byte = text[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return hasEscapes
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape(text, &index)
            } else if byte < 0x20 {
                throw JSONFault(.controlCharacter, at: index)
            } else if byte < 0x80 {
                index += 1
            } else {
                try skipUTF8(text, &index)
            }
        }
    }

    /// The high bit of each byte that is a quote, a backslash, a control character or no ASCII; only the lowest set bit is exact.
    @inline(__always)
    private static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let low = (word &- (ones &* 0x20)) & ~word
        return (word | low | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & (ones &* 0x80)
    }

    private static func skipEscape(_ text: borrowing Span<UInt8>, _ index: inout Int) throws(JSONFault) {
        let start = index
        guard index + 1 < text.count else { throw JSONFault(.unexpectedEnd, at: text.count) }
        switch text[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        case UInt8(ascii: "u"):
            let unit = try hexadecimal(text, index + 2)
            index += 6
            guard unit & 0xF800 == 0xD800 else { return }
            guard unit < 0xDC00 else { throw JSONFault(.loneSurrogate, at: start) }
            guard index + 1 < text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
                throw JSONFault(.loneSurrogate, at: start)
            }
            let second = try hexadecimal(text, index + 2)
            guard second & 0xFC00 == 0xDC00 else { throw JSONFault(.loneSurrogate, at: start) }
            index += 6
        default: throw JSONFault(.invalidEscape, at: start)
        }
    }

    private static func hexadecimal(_ text: borrowing Span<UInt8>, _ start: Int) throws(JSONFault) -> UInt32 {
        guard start + 4 <= text.count else { throw JSONFault(.unexpectedEnd, at: text.count) }
        var value: UInt32 = 0
        for index in start..<(start + 4) {
            guard let digit = hexDigit(text[index]) else { throw JSONFault(.invalidEscape, at: index) }
            value = value << 4 | digit
        }
        return value
    }

    /// One character beyond ASCII: shortest form only, no surrogates, at most U+10FFFF.
    private static func skipUTF8(_ text: borrowing Span<UInt8>, _ index: inout Int) throws(JSONFault) {
        let first = text[index]
        let count: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: count = 2
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: count = 3
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: count = 4
        default: throw JSONFault(.invalidUTF8, at: index)
        }
        for position in 1..<count {
            guard index + position < text.count else { throw JSONFault(.unexpectedEnd, at: text.count) }
            let byte = text[index + position]
            guard position == 1 ? second.contains(byte) : byte & 0xC0 == 0x80 else {
                throw JSONFault(.invalidUTF8, at: index)
            }
        }
        index += count
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46: UInt32(byte) - 0x37
        case 0x61...0x66: UInt32(byte) - 0x57
        default: nil
        }
    }

    /// The character of an escape that `skipEscape` has accepted, and how many bytes the escape takes.
    private func escape(at index: Int) -> (Unicode.Scalar, Int) {
        switch bytes[index + 1] {
        case UInt8(ascii: "b"): return ("\u{8}", 2)
        case UInt8(ascii: "f"): return ("\u{C}", 2)
        case UInt8(ascii: "n"): return ("\n", 2)
        case UInt8(ascii: "r"): return ("\r", 2)
        case UInt8(ascii: "t"): return ("\t", 2)
        case UInt8(ascii: "u"):
            let unit = self.unit(at: index + 2)
            guard unit & 0xFC00 == 0xD800 else { return (Unicode.Scalar(unit) ?? "\u{FFFD}", 6) }
            let value = 0x10000 + ((unit & 0x3FF) << 10) + (self.unit(at: index + 8) & 0x3FF)
            return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
        default: return (Unicode.Scalar(bytes[index + 1]), 2)
        }
    }

    private func unit(at start: Int) -> UInt32 {
        (start..<(start + 4)).reduce(0) { $0 << 4 | (Self.hexDigit(bytes[$1]) ?? 0) }
    }
}
