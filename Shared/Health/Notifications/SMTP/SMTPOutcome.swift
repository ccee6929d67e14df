// SPDX-License-Identifier: Apache-2.0
// Martlet: what became of a mail.

/// Whether a server took a mail, may take it later, or never will.
public enum SMTPOutcome: Sendable, Equatable {
    /// The server took it for all recipients but the refused ones.
    case delivered(refused: [Refusal])
    /// The server took none of the recipients, which says nothing of the sender, the login or the mail; the reason is one line without secrets.
    case noRecipient(reason: String, isRetryable: Bool)
    /// Worth another attempt; the reason is one line without secrets.
    case retry(reason: String)
    /// Never worth another attempt; the reason is one line without secrets.
    case rejected(reason: String)

    /// A recipient that the server did not take.
    public struct Refusal: Sendable, Equatable {
        /// The address.
        public var address: String
        /// Whether another attempt is worth it (4xx).
        public var isRetryable: Bool
        /// The server's answer in one line.
        public var reason: String

        /// Makes a refusal.
        public init(address: String, isRetryable: Bool, reason: String) {
            self.address = address
            self.isRetryable = isRetryable
            self.reason = reason
        }
    }
}
