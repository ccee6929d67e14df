// SPDX-License-Identifier: Apache-2.0
// Martlet: the one line in which 32 bytes of a key are written.
internal import FoundationEssentials

/// `id:base64`, as key rings, signing keys and trusted keys are written.
struct KeyLine: CustomStringConvertible {
    /// Bytes of each kind of key.
    static let size = 32

    /// 1 to 64 of `A-Z a-z 0-9 . _ -`.
    let id: String
    /// The key.
    let bytes: [UInt8]

    /// Checks an id and the number of bytes; nil if one is wrong.
    init?(id: String, bytes: [UInt8]) {
        guard Self.isID(id), bytes.count == Self.size else { return nil }
        (self.id, self.bytes) = (id, bytes)
    }

    /// Reads a line; nil if it is none.
    init?(parsing text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let base64 = String(text[text.index(after: colon)...])
        guard let bytes = Data(base64Encoded: base64), bytes.base64EncodedString() == base64 else { return nil }
        self.init(id: String(text[..<colon]), bytes: Array(bytes))
    }

    /// The line.
    var description: String { "\(id):\(Data(bytes).base64EncodedString())" }

    static func isID(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
