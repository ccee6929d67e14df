// SPDX-License-Identifier: Apache-2.0
// Martlet: builds a value with the scanner's fine-grained calls, to compare with the reference.

@testable import Web

extension ReferenceJSON.Value {
    /// Reads a whole text by `nextKind`, `nextKey`, `nextElement` and the token calls.
    init(walking bytes: [UInt8]) throws(JSONFault) {
        var scanner = JSONScanner(bytes)
        self = try Self.value(&scanner)
        try scanner.finish()
    }

    private static func value(_ scanner: inout JSONScanner) throws(JSONFault) -> Self {
        switch try scanner.nextKind() {
        case .object:
            var members: [(String, Self)] = []
            var isFirst = true
            try scanner.beginObject()
            while let key = try scanner.nextKey(&isFirst) { members.append((scanner.string(key), try value(&scanner))) }
            return .object(members)
        case .array:
            var elements: [Self] = []
            var isFirst = true
            try scanner.beginArray()
            while try scanner.nextElement(&isFirst) { elements.append(try value(&scanner)) }
            return .array(elements)
        case .string: return .string(scanner.string(try scanner.stringToken()))
        case .number: return .number(String(decoding: scanner.bytes[try scanner.numberToken()], as: UTF8.self))
        case .boolean, .null: return .word(String(decoding: scanner.bytes[try scanner.skipValue()], as: UTF8.self))
        }
    }
}
