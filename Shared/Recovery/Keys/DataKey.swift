// SPDX-License-Identifier: Apache-2.0
// Martlet: the random key of one backup.
internal import Crypto

/// A backup's own key, made anew for each; only its wrapped form is ever stored.
struct DataKey: Sendable, CustomStringConvertible, CustomReflectable {
    static let size = 32

    let secret: SymmetricKey

    /// A new random key.
    init() { secret = SymmetricKey(size: .bits256) }

    /// Takes 32 bytes over; nil for another number of them.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        secret = SymmetricKey(data: bytes)
    }

    var bytes: [UInt8] { secret.withUnsafeBytes { Array($0) } }

    var description: String { "<redacted>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
