// SPDX-License-Identifier: Apache-2.0
// Martlet: a target that no probe can be made for.

/// What is wrong with a target's configuration: the field, and a sentence that says what is allowed.
public struct ProbeConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name of the field, such as `url`.
    public let field: String
    /// What is wrong and what is allowed.
    public let message: String

    /// Makes an error.
    public init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    /// The field and the message.
    public var description: String { "\(field): \(message)" }
}
