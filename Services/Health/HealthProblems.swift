// SPDX-License-Identifier: Apache-2.0
// Martlet: what the aggregator's errors mean to an HTTP client.

internal import Health
internal import Web

enum HealthProblems {
    /// The problem of an error; nil for those of others.
    static func translate(_ error: any Error) -> ProblemError? {
        guard let error = error as? HealthError else { return nil }
        switch error.code {
        case .ledgerUnavailable, .fenced: return .unavailable(.ledgerUnavailable, detail: error.message, cause: error)
        case .configuration, .invalid:
            return ProblemError(
                .badRequest,
                detail: error.message,
                errors: error.problems.map {
                    FieldError(.pointer("/" + $0.path.replacing(".", with: "/")), $0.problem, allowed: $0.allowed)
                },
                cause: error
            )
        case .notFound: return ProblemError(.notFound, detail: error.message, cause: error)
        case .internal: return ProblemError(.internalError, detail: "the aggregator failed", cause: error)
        }
    }
}
