// SPDX-License-Identifier: Apache-2.0
// Martlet: JSON that is put together by hand: members keep their order, and what is nil is left out.

/// A JSON value of a channel's request.
enum JSONTree: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
    case text(String)
    case flag(Bool)
    case number(Int)
    case list([JSONTree])
    case members([(name: String, value: JSONTree)])

    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }

    /// An object; members whose value is nil are left out.
    static func object(_ members: KeyValuePairs<String, JSONTree?>) -> JSONTree {
        .members(members.compactMap { name, value in value.map { (name, $0) } })
    }

    /// An object of texts, ordered by name.
    static func texts(_ texts: [String: String]) -> JSONTree {
        .members(texts.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })
    }

    /// The value as UTF-8.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    static func == (left: JSONTree, right: JSONTree) -> Bool { left.bytes == right.bytes }

    private func write(into bytes: inout [UInt8]) {
        switch self {
        case .text(let text): Self.write(text, into: &bytes)
        case .flag(let flag): bytes += (flag ? "true" : "false").utf8
        case .number(let number): bytes += "\(number)".utf8
        case .list(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .members(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.name, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, into bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += "\\n".utf8
            case 0..<0x20: bytes += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
