// SPDX-License-Identifier: Apache-2.0
// Martlet: reads JSON (RFC 8259) into values.

/// A strict reader; nesting is bounded.
struct JSONParser {
    static let maximumDepth = 64

    private let bytes: [UInt8]
    private var offset = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONTrouble) -> JSONValue {
        let value = try value()
        skipSpace()
        guard offset == bytes.count else { throw trouble("something follows the value") }
        return value
    }

    private func trouble(_ message: String) -> JSONTrouble {
        offset >= bytes.count
            ? JSONTrouble(message: "the text ends too early", offset: offset)
            : JSONTrouble(message: message, offset: offset)
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        offset += 1
        return true
    }

    private mutating func value() throws(JSONTrouble) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(JSONTrouble) -> JSONValue {
        guard bytes[offset...].starts(with: text.utf8) else { throw trouble("this is not a JSON value") }
        offset += text.utf8.count
        return value
    }

    private mutating func enter() throws(JSONTrouble) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw trouble("values are nested deeper than 64 levels") }
        offset += 1
    }

    private mutating func array() throws(JSONTrouble) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var items: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array(items) }
        while true {
            items.append(try value())
            if take(UInt8(ascii: "]")) { return .array(items) }
            guard take(UInt8(ascii: ",")) else { throw trouble("expected , or ]") }
        }
    }

    private mutating func object() throws(JSONTrouble) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var members: [JSONValue.Member] = []
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw trouble("expected a name in quotes") }
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw trouble("expected :") }
            members.append(JSONValue.Member(name: name, value: try value()))
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw trouble("expected , or }") }
        }
    }

    private mutating func number() throws(JSONTrouble) -> Double {
        let start = offset
        if next == UInt8(ascii: "-") { offset += 1 }
        let first = next
        try digits()
        if first == UInt8(ascii: "0"), offset - start > (bytes[start] == UInt8(ascii: "-") ? 2 : 1) {
            offset = start
            throw trouble("a number must not begin with 0")
        }
        if next == UInt8(ascii: ".") {
            offset += 1
            try digits()
        }
        if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        guard let value = Double(String(decoding: bytes[start..<offset], as: UTF8.self)) else {
            throw trouble("this is not a JSON number")
        }
        return value
    }

    private mutating func digits() throws(JSONTrouble) {
        let start = offset
        while let byte = next, byte >= 0x30, byte <= 0x39 { offset += 1 }
        guard offset > start else { throw trouble("this is not a JSON value") }
    }

    private mutating func string() throws(JSONTrouble) -> String {
        offset += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                // Bytes that are no UTF-8 become replacement characters: a probe looks, it does not store.
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case ..<0x20: throw trouble("a control character must be escaped")
            default:
                text.append(byte)
                offset += 1
            }
        }
        throw trouble("the string is not closed")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONTrouble) {
        offset += 1
        guard let byte = next else { throw trouble("the string is not closed") }
        let plain: UInt8? =
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
            case UInt8(ascii: "b"): 0x08
            case UInt8(ascii: "f"): 0x0C
            case UInt8(ascii: "n"): 0x0A
            case UInt8(ascii: "r"): 0x0D
            case UInt8(ascii: "t"): 0x09
            default: nil
            }
        if let plain {
            text.append(plain)
            offset += 1
            return
        }
        guard byte == UInt8(ascii: "u") else { throw trouble("this escape does not exist") }
        offset += 1
        var unit = try hexadecimal()
        if unit & 0xFC00 == 0xD800 {
            guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
            else { throw trouble("this escape is half of a surrogate pair") }
            offset += 2
            let second = try hexadecimal()
            guard second & 0xFC00 == 0xDC00 else { throw trouble("this escape is half of a surrogate pair") }
            unit = 0x10000 + ((unit & 0x3FF) << 10) + (second & 0x3FF)
        }
        guard let scalar = Unicode.Scalar(unit) else { throw trouble("this escape is half of a surrogate pair") }
        text.append(contentsOf: String(scalar).utf8)
    }

    private mutating func hexadecimal() throws(JSONTrouble) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw trouble("this escape does not exist")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }
}
