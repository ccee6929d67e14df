// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error of this module.

internal import Jobs
public import Postgres

/// What went wrong in the health aggregator.
public struct HealthError: Error, Sendable, CustomStringConvertible {
    /// The kinds of trouble.
    public enum Code: Hashable, Sendable {
        /// The ledger can't be reached or is too slow.
        case ledgerUnavailable
        /// Another aggregator leads by now; nothing was recorded.
        case fenced
        /// The configuration is wrong; see ``HealthError/problems``.
        case configuration
        /// The ledger, or a rule of ours, refused the data.
        case invalid
        /// There is no such thing.
        case notFound
        /// A fault of our own.
        case `internal`
    }

    /// The kind of trouble.
    public let code: Code
    /// One sentence without secrets.
    public let message: String
    /// The ledger's own error, if that was the cause.
    public let cause: PostgresError?
    /// Every mistake, when the code is ``Code/configuration``.
    public let problems: [ConfigurationProblem]

    /// Creates an error.
    public init(
        _ code: Code,
        _ message: String,
        cause: PostgresError? = nil,
        problems: [ConfigurationProblem] = []
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.problems = problems
    }

    /// Takes over what the jobs' ledger says.
    init(_ error: JobsError) {
        switch error.code {
        case .ledgerUnavailable, .outcomeUnknown, .overloaded, .cancelled:
            self.init(.ledgerUnavailable, error.message, cause: error.cause)
        case .invalid: self.init(.invalid, error.message, cause: error.cause)
        default: self.init(.internal, error.message, cause: error.cause)
        }
    }

    /// Sorts a connection's error by what the caller may conclude from it.
    init(_ error: PostgresError) {
        if error.sqlState == "MRT01" {
            self.init(.fenced, "another aggregator leads by now", cause: error)
            return
        }
        self.init(JobsError(error))
    }

    /// The message, the cause's own description, and one line for each mistake.
    public var description: String {
        ([cause.map { "\(message): \($0)" } ?? message] + problems.map { "  \($0)" }).joined(separator: "\n")
    }
}
