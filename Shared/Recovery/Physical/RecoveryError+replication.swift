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
