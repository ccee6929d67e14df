// SPDX-License-Identifier: Apache-2.0
// Martlet: the database's errors as this module's.
public import Postgres

extension RecoveryError {
    /// Takes over what the database says; an error of ours that travelled inside comes out again.
    public init(_ error: PostgresError, _ what: String? = nil) {
        if let own = error.cause as? RecoveryError {
            self = own
            return
        }
        let code: Code =
            switch error.code {
            case .cancelled: .cancelled
            case .deadlineExceeded: .deadline
            case .configuration: .request
            // Out of disk space, as the server says it.
            case .server("53100"): .disk
            default: .database
            }
        self.init(code, (what.map { "\($0): " } ?? "") + error.description, cause: error)
    }
}
