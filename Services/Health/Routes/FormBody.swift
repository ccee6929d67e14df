// SPDX-License-Identifier: Apache-2.0
// Martlet: what a browser sends without JavaScript.

/// The fields of an `application/x-www-form-urlencoded` body, in order.
struct FormBody: Sendable {
    let fields: [(name: String, value: String)]

    /// Reads a body; nil when a `%` is not followed by two hexadecimal digits, or the text is not UTF-8.
    init?(_ bytes: [UInt8]) {
        var fields: [(name: String, value: String)] = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = Self.decode(parts.count > 1 ? parts[1] : []) else {
                return nil
            }
            fields.append((name, value))
        }
        self.fields = fields
    }

    /// The values of a field that are not empty.
    func values(_ name: String) -> [String] { fields.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        var plain: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): plain.append(0x20)
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                    rest.prefix(2).allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
                else { return nil }
                rest = rest.dropFirst(2)
                plain.append(code)
            default: plain.append(byte)
            }
        }
        return String(validating: plain, as: UTF8.self)
    }
}
