// SPDX-License-Identifier: Apache-2.0
// Martlet: one place where credentials may come from.

/// What a source answers.
enum AWSSourceAnswer: Sendable {
    /// Credentials.
    case credentials(AWSCredentials)
    /// It isn't set up here, for a reason such as `AWS_ROLE_ARN is not set`.
    case notSetUp(String)
}

/// A source of credentials.
protocol AWSCredentialSource: Sendable {
    /// Such as `web identity`.
    var name: String { get }

    /// Asks; throws when it is set up but fails, and then no other source is asked: it would be another identity.
    func ask() async throws(AWSSourceTrouble) -> AWSSourceAnswer
}

/// Why a source that is set up gives nothing.
struct AWSSourceTrouble: Error {
    /// One sentence, never a secret.
    let message: String
    /// Whether it may well work later.
    let isTransient: Bool
}
