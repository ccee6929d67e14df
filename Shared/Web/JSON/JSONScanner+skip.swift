// SPDX-License-Identifier: Apache-2.0
// Martlet: passing over a whole value in one loop, checking every byte of it.

extension JSONScanner {
    /// Passes over the next value and checks it.
    ///
    /// - Returns: Where it stands, without white space around it; `bytes[range]` is the value byte for byte.
    @discardableResult
    public mutating func skipValue() throws(JSONFault) -> Range<Int> {
        var index = offset
        let start = try Self.skipValue(bytes.span.extracting(0..<end), &index, limit: Self.maximumDepth - depth)
        offset = index
        return start..<index
    }

    /// Returns where the value begins.
    private static func skipValue(
        _ text: borrowing Span<UInt8>,
        _ index: inout Int,
        limit: Int
    ) throws(JSONFault) -> Int {
        skipWhitespace(text, &index)
        let start = index
        // One bit for each open container, 1 for an object, the innermost lowest: 64 levels fit a word.
        var objects: UInt64 = 0
        var open = 0

        while true {
            guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open < limit else { throw JSONFault(.tooDeep, at: index) }
                let isObject = byte == UInt8(ascii: "{")
                index += 1
                skipWhitespace(text, &index)
                guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
                if text[index] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    index += 1
                    break
                }
                objects = objects << 1 | (isObject ? 1 : 0)
                open += 1
                if isObject { try skipKey(text, &index) }
                continue
            case UInt8(ascii: "\""):
                _ = try skipString(text, &index)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                try skipNumber(text, &index)
            case UInt8(ascii: "t"): try skipWord("true", text, &index)
            case UInt8(ascii: "f"): try skipWord("false", text, &index)
            case UInt8(ascii: "n"): try skipWord("null", text, &index)
            default: throw JSONFault(.unexpectedByte, at: index)
            }

            // A value has ended: so may the containers around it.
            while true {
                guard open > 0 else { return start }
                skipWhitespace(text, &index)
                guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
                let isObject = objects & 1 == 1
                let next = text[index]
                if next == UInt8(ascii: ",") {
                    index += 1
                    skipWhitespace(text, &index)
                    if isObject { try skipKey(text, &index) }
                    break
                }
                guard next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw JSONFault(.unexpectedByte, at: index)
                }
                index += 1
                objects >>= 1
                open -= 1
            }
        }
    }

    @inline(__always)
    static func skipWhitespace(_ text: borrowing Span<UInt8>, _ index: inout Int) {
        while index < text.count, text[index] <= 0x20, isWhitespace(text[index]) { index += 1 }
    }

    /// A key with its colon, and the white space after it.
    private static func skipKey(_ text: borrowing Span<UInt8>, _ index: inout Int) throws(JSONFault) {
        guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
        guard text[index] == UInt8(ascii: "\"") else { throw JSONFault(.unexpectedByte, at: index) }
        _ = try skipString(text, &index)
        skipWhitespace(text, &index)
        guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
        guard text[index] == UInt8(ascii: ":") else { throw JSONFault(.unexpectedByte, at: index) }
        index += 1
        skipWhitespace(text, &index)
    }

    private static func skipWord(_ word: StaticString, _ text: borrowing Span<UInt8>, _ index: inout Int)
        throws(JSONFault)
    {
        for scalar in word.description.utf8 {
            guard index < text.count else { throw JSONFault(.unexpectedEnd, at: index) }
            guard text[index] == scalar else { throw JSONFault(.unexpectedByte, at: index) }
            index += 1
        }
    }
}
