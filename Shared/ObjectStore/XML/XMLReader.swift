// SPDX-License-Identifier: Apache-2.0
// Martlet: reads the XML of AWS and of stores like it, and nothing more of XML.

/// A reader of elements, text, the five entities, character references, CDATA and comments; no document types.
///
/// Bounded: at most 16 levels and 50,000 elements, and the caller bounds the bytes.
struct XMLReader {
    /// What is wrong with a text that is no such XML.
    struct Trouble: Error, Hashable {
        let message: String
        let offset: Int
    }

    static let deepest = 16
    static let most = 50_000

    private let bytes: [UInt8]
    private var place = 0
    private var count = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The root element.
    static func parse(_ bytes: [UInt8]) throws(Trouble) -> XMLElement {
        var reader = XMLReader(bytes)
        try reader.skipProlog()
        guard reader.take("<") else { throw reader.trouble("there is no element") }
        let root = try reader.element(depth: 1)
        try reader.skipProlog()
        guard reader.place == bytes.count else { throw reader.trouble("there is text after the root element") }
        return root
    }

    /// Reads an element from behind its `<`.
    private mutating func element(depth: Int) throws(Trouble) -> XMLElement {
        count += 1
        guard depth <= Self.deepest, count <= Self.most else { throw trouble("there are too many elements") }
        var element = XMLElement(name: try name())
        guard try !endOfTag() else { return element }
        var text: [UInt8] = []
        while true {
            if take("</") {
                guard try name() == element.name, try !endOfTag() else { throw trouble("an element is not closed") }
                // White space between elements is layout; a value's own stays.
                if element.children.isEmpty { element.text = String(decoding: text, as: UTF8.self) }
                return element
            } else if take("<!--") {
                try skip(to: "-->")
            } else if take("<![CDATA[") {
                let start = place
                try skip(to: "]]>")
                text += bytes[start..<(place - 3)]
            } else if take("<") {
                element.children.append(try self.element(depth: depth + 1))
            } else if take("&") {
                text += try reference()
            } else if place < bytes.count {
                text.append(bytes[place])
                place += 1
            } else {
                throw trouble("the text ends within an element")
            }
        }
    }

    /// A name without its name space's prefix.
    private mutating func name() throws(Trouble) -> String {
        let start = place
        while place < bytes.count, !" \t\r\n/>=<&\"'".utf8.contains(bytes[place]) { place += 1 }
        let whole = bytes[start..<place]
        let local = whole.split(separator: UInt8(ascii: ":")).last ?? []
        guard !local.isEmpty, local.count <= 200 else { throw trouble("an element has no name") }
        return String(decoding: local, as: UTF8.self)
    }

    /// Skips attributes and the end of a tag; true if the element ends with it.
    private mutating func endOfTag() throws(Trouble) -> Bool {
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: ">"): return false
            case UInt8(ascii: "/"):
                guard take(">") else { throw trouble("a tag is not closed") }
                return true
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard let end = bytes[place...].firstIndex(of: byte) else { throw trouble("a value is not closed") }
                place = end + 1
            case UInt8(ascii: "<"): throw trouble("a tag is not closed")
            default: break
            }
        }
        throw trouble("the text ends within a tag")
    }

    /// Reads an entity or a character reference from behind its `&`.
    private mutating func reference() throws(Trouble) -> [UInt8] {
        let start = place
        while place < bytes.count, place - start < 10, bytes[place] != UInt8(ascii: ";") { place += 1 }
        let name = String(decoding: bytes[start..<place], as: UTF8.self)
        guard take(";") else { throw trouble("a reference is not closed") }
        switch name {
        case "lt": return [UInt8(ascii: "<")]
        case "gt": return [UInt8(ascii: ">")]
        case "amp": return [UInt8(ascii: "&")]
        case "quot": return [UInt8(ascii: "\"")]
        case "apos": return [UInt8(ascii: "'")]
        default:
            let code = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
            guard name.hasPrefix("#"), let code, let scalar = Unicode.Scalar(code) else {
                throw trouble("a reference is unknown")
            }
            return Array(String(Character(scalar)).utf8)
        }
    }

    private mutating func skipProlog() throws(Trouble) {
        while place < bytes.count {
            if take("<?") {
                try skip(to: "?>")
            } else if take("<!--") {
                try skip(to: "-->")
            } else if " \t\r\n\u{FEFF}".utf8.contains(bytes[place]) {
                place += 1
            } else {
                return
            }
        }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let isHere = text.withUTF8Buffer { bytes[place...].starts(with: $0) }
        if isHere { place += text.utf8CodeUnitCount }
        return isHere
    }

    private mutating func skip(to end: StaticString) throws(Trouble) {
        while place < bytes.count {
            if take(end) { return }
            place += 1
        }
        throw trouble("the text ends too early")
    }

    private func trouble(_ message: String) -> Trouble { Trouble(message: message, offset: place) }
}
