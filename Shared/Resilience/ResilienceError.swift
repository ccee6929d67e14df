// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error of this module: why a call was refused, and when to come back.

/// A call that was not made, or was given up, to protect somebody.
public struct ResilienceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An open set of reasons; compare with `==`, never exhaustively.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The stable name, as shown in logs.
        public let description: String
        private init(_ name: String) { description = name }

        /// The circuit breaker is open.
        public static let circuitOpen = Code("circuit_open")
        /// The concurrency limit is reached.
        public static let limitReached = Code("limit_reached")
        /// The deadline passed.
        public static let deadlineExceeded = Code("deadline_exceeded")
    }

    /// Why.
    public let code: Code
    /// One sentence for people, without user data.
    public let message: String
    /// When a new attempt makes sense, if known; for `Retry-After`.
    public let retryAfter: Duration?

    /// Creates an error.
    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}
