// SPDX-License-Identifier: Apache-2.0
// Martlet: finds the bytes of one member of a JSON object, so that they can be passed on exactly as they came.

/// Looks up a member of the outermost object without decoding; decoding and encoding again would change numbers and order.
enum JSONMember {
    /// The bytes of the value of the last member called `name`, or nil; `json` must be valid JSON, else the answer may be nil.
    static func bytes(of name: String, in json: [UInt8]) -> ArraySlice<UInt8>? {
        var scanner = Scanner(json: json[...])
        var found: ArraySlice<UInt8>?
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        while scanner.next == UInt8(ascii: "\"") {
            let key = scanner.value().dropFirst().dropLast()
            guard scanner.take(UInt8(ascii: ":")) else { return nil }
            let value = scanner.value()
            if key.elementsEqual(name.utf8) { found = value }
            guard scanner.take(UInt8(ascii: ",")) else { break }
        }
        return found
    }

    private struct Scanner {
        var json: ArraySlice<UInt8>

        /// The next byte that is not white space.
        var next: UInt8? {
            mutating get {
                json = json.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
                return json.first
            }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            json.removeFirst()
            return true
        }

        /// Steps over one value and returns its bytes.
        mutating func value() -> ArraySlice<UInt8> {
            _ = next
            let start = json.startIndex
            var index = start
            var depth = 0
            var isInText = false
            scan: while index < json.endIndex {
                let byte = json[index]
                if isInText {
                    if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { isInText = false }
                    if !isInText, depth == 0 {
                        index += 1
                        break scan
                    }
                } else {
                    switch byte {
                    case UInt8(ascii: "\""): isInText = true
                    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                    case UInt8(ascii: "}"), UInt8(ascii: "]"):
                        if depth == 0 { break scan }
                        depth -= 1
                        if depth == 0 {
                            index += 1
                            break scan
                        }
                    case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
                        if depth == 0 { break scan }
                    default: break
                    }
                }
                index += 1
            }
            index = min(index, json.endIndex)
            defer { json = json[index...] }
            return json[start..<index]
        }
    }
}
