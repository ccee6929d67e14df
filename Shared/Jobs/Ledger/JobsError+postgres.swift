// SPDX-License-Identifier: Apache-2.0
// What each trouble with PostgreSQL means to a caller.

public import Postgres

extension JobsError {
    /// Sorts a connection's error by what the caller may conclude from it.
    public init(_ error: PostgresError) {
        switch error.code {
        case .connectionFailed, .connectionLost, .acquireTimeout, .closed:
            self.init(.ledgerUnavailable, "the ledger can't be reached", cause: error)
        case .overloaded:
            self.init(.overloaded, "too many statements are waiting for the ledger", cause: error)
        case .outcomeUnknown, .deadlineExceeded:
            self.init(.outcomeUnknown, "the ledger did not answer; the request may have been recorded", cause: error)
        case .cancelled:
            self.init(.cancelled, "the caller went away", cause: error)
        case .server(let state) where state.hasPrefix("22") || state.hasPrefix("23"):
            self.init(.invalid, "the ledger refused the data", cause: error)
        case .server(let state) where ["42P01", "42703", "42883"].contains(state):
            self.init(.ledgerUnavailable, "the ledger lacks the schema that this version needs", cause: error)
        case .server(let state) where ["08", "40", "53", "55", "57", "25"].contains(state.prefix(2)):
            self.init(.ledgerUnavailable, "the ledger is not able to record this now", cause: error)
        default:
            self.init(.internal, "a statement to the ledger failed", cause: error)
        }
    }
}
