// SPDX-License-Identifier: Apache-2.0
// Martlet: what each trouble of the ledger is to a client.

internal import Jobs
internal import Web

extension JobsError {
    /// The answer that a client gets; it shows no cause, for that may bear SQL.
    var problem: ProblemError {
        switch code {
        case .ledgerUnavailable:
            return .unavailable(
                .ledgerUnavailable,
                detail: "the job ledger can't be reached; nothing was recorded",
                cause: self
            )
        case .outcomeUnknown:
            return .unavailable(
                .outcomeUnknown,
                detail:
                    "the ledger did not answer, so the request may have been recorded; repeat it with the same Idempotency-Key",
                cause: self
            )
        case .overloaded:
            return .unavailable(
                .overloaded,
                detail: "too many requests wait for the ledger; nothing was recorded",
                cause: self
            )
        case .invalid: return ProblemError(.invalidFields, detail: "the ledger refused the data", cause: self)
        case .notFound: return ProblemError(.notFound, detail: "there is no such job")
        case .conflict: return ProblemError(.conflict, detail: message)
        case .idempotencyMismatch: return ProblemError(.idempotencyMismatch, detail: message)
        case .cancelled: return .unavailable(.overloaded, detail: "the request was given up", cause: self)
        case .internal: return ProblemError(.internalError, cause: self)
        }
    }
}
