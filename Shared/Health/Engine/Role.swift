// SPDX-License-Identifier: Apache-2.0
// Martlet: what an aggregator may decide at the moment.

/// What an aggregator may decide.
public enum Role: Sendable, Equatable {
    /// It has just started, and knows of nobody.
    case starting
    /// It opens and closes incidents, and writes them with this fence.
    case leading(HealthLead)
    /// It opens and closes incidents without the ledger, which nobody reaches; it tells people directly.
    case acting
    /// Somebody else does.
    case following

    /// Whether it decides.
    public var decides: Bool {
        switch self {
        case .leading, .acting: true
        case .starting, .following: false
        }
    }

    /// One word for people and APIs.
    public var name: String {
        switch self {
        case .starting: "starting"
        case .leading: "leading"
        case .acting: "acting"
        case .following: "following"
        }
    }
}
