// SPDX-License-Identifier: Apache-2.0
// Martlet: checking and reading JSON numbers.

extension JSONScanner {
    /// The next value, which must be a number; `bytes[range]` is its text, of any size.
    public mutating func numberToken() throws(JSONFault) -> Range<Int> {
        skipWhitespace()
        let start = offset
        var index = offset
        try Self.skipNumber(bytes.span.extracting(0..<end), &index)
        offset = index
        return start..<index
    }

    /// The number as a whole one; nil for fractions, exponents, and what 64 bits don't hold.
    public func integer(_ token: Range<Int>) -> Int? {
        var value = 0
        let isNegative = bytes[token.lowerBound] == UInt8(ascii: "-")
        for index in token.dropFirst(isNegative ? 1 : 0) {
            let digit = Int(bytes[index]) - 0x30
            guard digit >= 0, digit <= 9 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) =
                isNegative
                ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            guard !overflow, !overflow2 else { return nil }
            value = sum
        }
        return value
    }

    /// `-`? (`0` | `1`-`9` digits) (`.` digits)? (`e` sign? digits)?
    static func skipNumber(_ text: borrowing Span<UInt8>, _ index: inout Int) throws(JSONFault) {
        if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
        guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
        if text[index] == UInt8(ascii: "0") {
            index += 1
            if index < text.count, isDigit(text[index]) { throw JSONFault(.invalidNumber, at: index) }
        } else {
            try skipDigits(text, &index)
        }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            try skipDigits(text, &index)
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            try skipDigits(text, &index)
        }
    }

    private static func skipDigits(_ text: borrowing Span<UInt8>, _ index: inout Int) throws(JSONFault) {
        guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
        guard isDigit(text[index]) else { throw JSONFault(.invalidNumber, at: index) }
        while index < text.count, isDigit(text[index]) { index += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
