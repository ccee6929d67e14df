// SPDX-License-Identifier: Apache-2.0
// Martlet: which requests get a line in the log.

/// The choice of `MARTLET_ACCESS_LOG`.
public enum AccessLog: String, CaseIterable, Sendable {
    /// Every request.
    case all
    /// Those answered with 400 or above.
    case errors
    /// None.
    case off

    /// Whether a request that ended with this status gets a line.
    func includes(status: Int) -> Bool {
        switch self {
        case .all: true
        case .errors: status >= 400
        case .off: false
        }
    }
}
