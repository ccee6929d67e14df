// SPDX-License-Identifier: Apache-2.0
// Martlet: how long a backup may hold vacuum back.

/// Limits of a snapshot's age; while it lives, vacuum removes no row version that it can see.
///
/// A queue's live table is rewritten all the time: a long snapshot makes it grow, and every scan of it slower.
public struct SnapshotLimits: Sendable, Equatable {
    /// The verdict about an age.
    public enum Verdict: Equatable, Sendable {
        /// Young enough.
        case fine
        /// Older than it should be, with the reason.
        case old(String)
        /// Older than it may be, with the reason.
        case tooOld(String)
    }

    /// Beyond it a warning is logged; default 20 min.
    public var warningAge: Duration
    /// Beyond it the backup is given up; default 2 h.
    public var greatestAge: Duration
    /// Transactions begun since, beyond which a warning is logged; default 10 million.
    public var warningTransactions = 10_000_000
    /// Transactions begun since, beyond which the backup is given up; default 100 million.
    public var greatestTransactions = 100_000_000
    /// How often the age is looked at; default 5 s.
    public var pause: Duration = .seconds(5)

    /// The defaults, with another greatest age; the warning comes after a sixth of it.
    public init(greatestAge: Duration = .seconds(2 * 3_600)) {
        (self.greatestAge, warningAge) = (greatestAge, greatestAge / 6)
    }

    /// Judges an age.
    func judge(age: Duration, transactions: Int) -> Verdict {
        if age > greatestAge { return .tooOld("the snapshot is older than \(greatestAge)") }
        if transactions > greatestTransactions {
            return .tooOld("\(transactions) transactions began since the snapshot, more than \(greatestTransactions)")
        }
        if age > warningAge { return .old("the snapshot is older than \(warningAge)") }
        if transactions > warningTransactions {
            return .old("\(transactions) transactions began since the snapshot, more than \(warningTransactions)")
        }
        return .fine
    }
}
