// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error of the Postgres module.

/// Why a database operation failed.
///
/// `description` is safe to log: it bears the SQLSTATE and the primary message but never a parameter or a password.
public struct PostgresError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What went wrong; the set may grow.
    public enum Code: Hashable, Sendable {
        /// No connection could be made: refused, timed out, wrong credentials.
        case connectionFailed
        /// The connection broke before the call was sent: it was definitely not executed.
        case connectionLost
        /// The call was sent and the connection broke before the answer: it may have been executed.
        case outcomeUnknown
        /// No connection became available within the acquire deadline.
        case acquireTimeout
        /// The call's own deadline passed.
        case deadlineExceeded
        /// Too many calls are waiting.
        case overloaded
        /// The calling task was cancelled.
        case cancelled
        /// The server refused the statement, with this SQLSTATE.
        case server(sqlState: String)
        /// A value was absent or not of the type asked for.
        case decoding
        /// The bindings do not fit the statement.
        case encoding
        /// The connection string or an option is not valid.
        case configuration
        /// The connection, pool or session was closed by its owner.
        case closed
        /// The applied migrations and the given ones contradict each other.
        case migration
    }

    // One reference, so that a result of a query stays as small as a pointer.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let details: String?
        let sqlState: String?
        let mayHaveExecuted: Bool
        let cause: (any Error)?
        let file: StaticString
        let line: UInt

        init(
            _ code: Code,
            _ message: String,
            _ details: String?,
            _ sqlState: String?,
            _ mayHaveExecuted: Bool,
            _ cause: (any Error)?,
            _ file: StaticString,
            _ line: UInt
        ) {
            self.code = code
            self.message = message
            self.details = details
            self.sqlState = sqlState
            self.mayHaveExecuted = mayHaveExecuted
            self.cause = cause
            self.file = file
            self.line = line
        }
    }

    private let storage: Storage

    /// Makes an error; `message` must bear no user data, `details` may and shows only in `debugDescription`.
    public init(
        _ code: Code,
        _ message: String,
        details: String? = nil,
        sqlState: String? = nil,
        mayHaveExecuted: Bool? = nil,
        cause: (any Error)? = nil,
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        var state = sqlState
        if case .server(let known) = code { state = known }
        let executed = mayHaveExecuted ?? (code == .outcomeUnknown)
        storage = Storage(code, message, details, state, executed, cause, file, line)
    }

    /// What went wrong.
    public var code: Code { storage.code }
    /// The primary message, without parameters.
    public var message: String { storage.message }
    /// The server's detail, hint or context; may bear user data.
    public var details: String? { storage.details }
    /// The server's five-character code, where it sent one.
    public var sqlState: String? { storage.sqlState }
    /// Whether the statement may have taken effect although the call failed.
    public var mayHaveExecuted: Bool { storage.mayHaveExecuted }
    /// The error below this one.
    public var cause: (any Error)? { storage.cause }

    /// Whether the same call may succeed a little later without any change.
    public var isTransient: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .outcomeUnknown, .acquireTimeout, .deadlineExceeded, .overloaded: true
        case .server(let state): Self.isTransient(sqlState: state)
        case .cancelled, .decoding, .encoding, .configuration, .closed, .migration: false
        }
    }

    private static func isTransient(sqlState: String) -> Bool {
        switch sqlState.prefix(2) {
        // Connection exception, insufficient resources, transaction rollback (serialization, deadlock).
        case "08", "53", "40": true
        // Operator intervention; but 57P04 is a dropped database.
        case "57": sqlState != "57P04"
        // Lock not available within lock_timeout; idle in transaction too long; read-only during a failover.
        default: ["55P03", "25P03", "26000", "25006"].contains(sqlState)
        }
    }

    /// SQLSTATE or code, and the primary message.
    public var description: String {
        if let sqlState { return "\(sqlState): \(message)" }
        return "\(code): \(message)"
    }

    /// All that is known, including user data.
    public var debugDescription: String {
        var text = "PostgresError(\(code)) \(description)"
        if let details { text += "; \(details)" }
        if mayHaveExecuted { text += "; may have been executed" }
        if let cause { text += "; cause: \(cause)" }
        return text + " (\(storage.file):\(storage.line))"
    }
}
