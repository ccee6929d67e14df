// SPDX-License-Identifier: Apache-2.0
// Martlet: what confirms or ends a subscription, for whoever bears it.

internal import Crypto
internal import FoundationEssentials

/// 32 random bytes, written as 43 characters that a path takes; never printed.
public struct SubscriptionToken: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    static let count = 32
    let bytes: [UInt8]

    /// Makes a new one.
    init() {
        var random = SystemRandomNumberGenerator()
        bytes = (0..<Self.count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// Takes 32 bytes; nil for any other count.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        self.bytes = bytes
    }

    /// Reads the text form; nil for anything else.
    public init?(_ text: String) {
        guard text.utf8.count == 43,
            let data = Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + "="),
            let token = SubscriptionToken(bytes: Array(data)), token.text == text
        else { return nil }
        self = token
    }

    /// As it stands in an address.
    public var text: String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// What the ledger looks it up by.
    var digest: [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Shows no children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
