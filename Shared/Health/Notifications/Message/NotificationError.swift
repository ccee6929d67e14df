// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error of notifications: what is wrong, where, and what is allowed.

/// A value of a notification, a channel, a schedule or an incoming payload that cannot be used.
public struct NotificationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An open set of kinds of failure; compare with `==`, never exhaustively.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The stable name, as shown in logs.
        public let description: String

        private init(_ name: String) { description = name }

        /// A setting of a channel, a policy or a schedule.
        public static let configuration = Code("configuration")
        /// An incoming payload.
        public static let payload = Code("payload")
        /// An address or a header of an e-mail.
        public static let email = Code("email")
    }

    /// The kind of failure.
    public let code: Code
    /// The path of the value, as `alerts[3].labels.severity`.
    public let field: String
    /// What is wrong and what is allowed; never a secret.
    public let message: String

    /// Makes an error.
    public init(_ code: Code, _ field: String, _ message: String) {
        self.code = code
        self.field = field
        self.message = message
    }

    /// The field and the message.
    public var description: String { "\(field) \(message)" }
}
