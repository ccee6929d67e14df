// SPDX-License-Identifier: Apache-2.0
// Martlet: what a server says to a replica, as an error of this module.
internal import Postgres

extension RecoveryError {
    /// Takes over what a replication session says.
    static func replication(_ doing: String, _ error: PostgresError) -> RecoveryError {
        let code: Code =
            switch error.code {
            case .cancelled: .cancelled
            case .deadlineExceeded: .deadline
            case .configuration: .request
            default: .database
            }
        return RecoveryError(code, "\(doing): \(error)", cause: error)
    }
}

/// Asks a replication session, and takes its errors over.
/// - Parameter doing: what fails then: `the base backup`.
func replicating<Value: Sendable>(
    _ doing: String,
    _ body: () async throws(PostgresError) -> Value
) async throws(RecoveryError) -> Value {
    do throws(PostgresError) { return try await body() } catch { throw .replication(doing, error) }
}
