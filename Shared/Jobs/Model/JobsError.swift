// SPDX-License-Identifier: Apache-2.0
// The module's one error.

public import Postgres

/// What can go wrong between a caller and the ledger or the bus.
public struct JobsError: Error, Sendable, CustomStringConvertible {
    /// What kind of trouble it is; more may be added.
    public enum Code: Hashable, Sendable {
        /// The ledger can't be reached or is too slow; nothing was recorded.
        case ledgerUnavailable
        /// The connection broke after the statement was sent: it may or may not have been recorded.
        case outcomeUnknown
        /// Too much is waiting already.
        case overloaded
        /// The ledger refused the data.
        case invalid
        /// There is no such job.
        case notFound
        /// The job is in a state that does not allow this.
        case conflict
        /// The idempotency key was used for another request.
        case idempotencyMismatch
        /// The caller went away.
        case cancelled
        /// A fault of our own.
        case `internal`
    }

    /// What kind of trouble it is.
    public let code: Code
    /// One sentence without user data.
    public let message: String
    /// The ledger's own error, if that was the cause.
    public let cause: PostgresError?

    /// Creates an error.
    public init(_ code: Code, _ message: String, cause: PostgresError? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message and the cause's own description.
    public var description: String {
        cause.map { "\(message): \($0)" } ?? message
    }
}
