// SPDX-License-Identifier: Apache-2.0
// Martlet: something that is not as it was stored.
public import ObjectStore

/// One damage that a check found.
public struct DamageReport: Hashable, Sendable, CustomStringConvertible {
    /// The object.
    public let object: ObjectKey
    /// Where in it, in bytes; nil when it is about the object as a whole.
    public let offset: Int64?
    /// What is wrong, in one sentence.
    public let message: String
    /// Whose copy it is, by ``ObjectStore/place``; nil when there is only one store.
    public var store: String?

    /// Takes the three over.
    public init(object: ObjectKey, offset: Int64?, message: String) {
        self.object = object
        self.offset = offset
        self.message = message
    }

    /// The store, the object, the offset and the message.
    public var description: String {
        "\(store.map { "\($0)/" } ?? "")\(object)\(offset.map { " at byte \($0)" } ?? ""): \(message)"
    }
}
