// SPDX-License-Identifier: Apache-2.0
// Martlet: a slow and simple JSON reader to hold the fast one against; it shares no code and no method with it.

/// Recursive descent over characters, written straight from RFC 8259.
struct ReferenceJSON {
    indirect enum Value: Equatable {
        case object([(String, Value)])
        case array([Value])
        case string(String)
        case number(String)
        case word(String)

        static func == (left: Value, right: Value) -> Bool {
            switch (left, right) {
            case (.object(let a), .object(let b)):
                a.count == b.count && zip(a, b).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 }
            case (.array(let a), .array(let b)): a == b
            case (.string(let a), .string(let b)): a == b
            case (.number(let a), .number(let b)): a == b
            case (.word(let a), .word(let b)): a == b
            default: false
            }
        }
    }

    private struct Wrong: Error {}
    private var rest: Substring.UnicodeScalarView
    private var depth = 0

    /// The value of a text, or nil when it is not valid.
    static func parse(_ bytes: [UInt8]) -> Value? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var reader = ReferenceJSON(rest: Substring(text).unicodeScalars)
        do {
            let value = try reader.value()
            reader.space()
            return reader.rest.isEmpty ? value : nil
        } catch {
            return nil
        }
    }

    private mutating func value() throws -> Value {
        space()
        guard let first = rest.first else { throw Wrong() }
        switch first {
        case "{":
            return .object(
                try members(from: "{", to: "}") { reader in
                    reader.space()
                    let key = try reader.string()
                    reader.space()
                    try reader.take(":")
                    return (key, try reader.value())
                }
            )
        case "[": return .array(try members(from: "[", to: "]") { try $0.value() })
        case "\"": return .string(try string())
        case "t", "f", "n":
            for word in ["true", "false", "null"] where rest.starts(with: word.unicodeScalars) {
                rest = rest.dropFirst(word.unicodeScalars.count)
                return .word(word)
            }
            throw Wrong()
        default: return .number(try number())
        }
    }

    private mutating func members<Member>(
        from open: Unicode.Scalar,
        to close: Unicode.Scalar,
        _ member: (inout ReferenceJSON) throws -> Member
    ) throws -> [Member] {
        try take(open)
        depth += 1
        guard depth <= 64 else { throw Wrong() }
        defer { depth -= 1 }
        var members: [Member] = []
        space()
        while rest.first != close {
            if !members.isEmpty { try take(",") }
            members.append(try member(&self))
            space()
            guard rest.first == close || rest.first == "," else { throw Wrong() }
        }
        try take(close)
        return members
    }

    private mutating func string() throws -> String {
        try take("\"")
        var units: [UInt16] = []
        while let scalar = rest.popFirst() {
            if scalar == "\"" {
                var isWhole = true
                let text = transcode(units, &isWhole)
                guard isWhole else { throw Wrong() }
                return text
            }
            guard scalar.value >= 0x20 else { throw Wrong() }
            guard scalar == "\\" else {
                units.append(contentsOf: String(scalar).utf16)
                continue
            }
            guard let escape = rest.popFirst() else { throw Wrong() }
            let simple: [Unicode.Scalar: UInt16] = [
                "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9,
            ]
            if let unit = simple[escape] {
                units.append(unit)
            } else if escape == "u", rest.count >= 4, rest.prefix(4).allSatisfy({ $0.properties.isASCIIHexDigit }),
                let unit = UInt16(String(String.UnicodeScalarView(rest.prefix(4))), radix: 16)
            {
                units.append(unit)
                rest = rest.dropFirst(4)
            } else {
                throw Wrong()
            }
        }
        throw Wrong()
    }

    private func transcode(_ units: [UInt16], _ isWhole: inout Bool) -> String {
        var decoder = UTF16()
        var iterator = units.makeIterator()
        var text = String.UnicodeScalarView()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): text.append(scalar)
            case .emptyInput: return String(text)
            case .error:
                isWhole = false
                return ""
            }
        }
    }

    private mutating func number() throws -> String {
        var text = ""
        func digit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }
        func advance(_ reader: inout ReferenceJSON) {
            if let scalar = reader.rest.popFirst() { text.unicodeScalars.append(scalar) }
        }
        if rest.first == "-" { advance(&self) }
        guard digit(rest.first) else { throw Wrong() }
        if rest.first == "0" { advance(&self) } else { while digit(rest.first) { advance(&self) } }
        if rest.first == "." {
            advance(&self)
            guard digit(rest.first) else { throw Wrong() }
            while digit(rest.first) { advance(&self) }
        }
        if rest.first == "e" || rest.first == "E" {
            advance(&self)
            if rest.first == "+" || rest.first == "-" { advance(&self) }
            guard digit(rest.first) else { throw Wrong() }
            while digit(rest.first) { advance(&self) }
        }
        return text
    }

    private mutating func space() {
        while let first = rest.first, first == " " || first == "\n" || first == "\r" || first == "\t" {
            rest.removeFirst()
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) throws {
        guard rest.popFirst() == scalar else { throw Wrong() }
    }
}
