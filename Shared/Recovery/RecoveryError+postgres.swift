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
        // The server's own words for it may be "wrote only 4096 of 8192 bytes".
        let full = code == .disk ? "the server's disk is full: " : ""
        self.init(code, (what.map { "\($0): " } ?? "") + full + error.description, cause: error)
    }
}
