// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error type of the Redis module.

/// What went wrong with a Redis command or connection.
///
/// ``description`` never holds user data (keys, values, passwords); ``debugDescription`` may.
public struct RedisError: Error, Sendable {
    /// The kind of failure; an open set, so always handle an unknown code.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code as it appears in logs.
        public let description: String

        /// There is no connection; nothing was sent.
        public static let unavailable = Code(description: "unavailable")
        /// The connection went away before the command was written; it did not run.
        public static let connectionLost = Code(description: "connectionLost")
        /// The command was written, but its reply never came: it may or may not have run.
        public static let outcomeUnknown = Code(description: "outcomeUnknown")
        /// A deadline passed while connecting, or while a blocking command was waiting.
        public static let timeout = Code(description: "timeout")
        /// The server answered with an error; see ``RedisError/serverPrefix``.
        public static let server = Code(description: "server")
        /// The server sent bytes that are not a valid or acceptable reply; the connection was closed.
        public static let protocolViolation = Code(description: "protocolViolation")
        /// A local bound (commands or bytes in flight, waiters) was reached; nothing was sent.
        public static let overloaded = Code(description: "overloaded")
        /// The configuration is not usable.
        public static let configuration = Code(description: "configuration")
        /// The calling task was cancelled; a command that was already queued may still run.
        public static let cancelled = Code(description: "cancelled")
        /// The reply was valid, but not of the shape that this command promises.
        public static let unexpectedReply = Code(description: "unexpectedReply")
    }

    /// The kind of failure.
    public let code: Code
    /// First word of a server error such as `NOGROUP`, `READONLY`, `LOADING`, `MISCONF`, `OOM`; nil unless `code` is `.server`.
    public let serverPrefix: String?
    /// A sentence for people; may hold user data when it comes from the server.
    public let message: String
    /// The error below this one, if any.
    public let cause: (any Error)?

    /// Makes an error that does not come from a server reply.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.serverPrefix = nil
        self.message = message
        self.cause = cause
    }

    /// Makes a `.server` error from the text of an error reply.
    public init(serverReply text: String) {
        let word = text.prefix { $0 != " " }
        let isPrefix = !word.isEmpty && word.utf8.allSatisfy { (65...90).contains($0) || $0 == 95 || $0 == 45 }
        self.code = .server
        self.serverPrefix = isPrefix ? String(word) : "ERR"
        self.message = text
        self.cause = nil
    }

    /// True when the command may have run although this error was thrown.
    public var isOutcomeUnknown: Bool {
        code == .outcomeUnknown || code == .timeout || code == .cancelled || code == .unexpectedReply
    }

    /// True when the command certainly did not run, so that sending it again is safe.
    public var isUnsent: Bool {
        code == .unavailable || code == .connectionLost || code == .overloaded || code == .configuration
    }
}

extension RedisError: CustomStringConvertible, CustomDebugStringConvertible {
    /// The code and the server's error prefix, or the local message; no user data.
    public var description: String {
        if code == .server { return "redis \(code): \(serverPrefix ?? "ERR")" }
        return "redis \(code): \(message)"
    }

    /// Everything known, which may include user data.
    public var debugDescription: String {
        let below = cause.map { " (cause: \($0))" } ?? ""
        return "redis \(code): \(message)\(below)"
    }
}
