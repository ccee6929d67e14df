// SPDX-License-Identifier: Apache-2.0
// Martlet: how fresh what is known of everything below a check is.

internal import Platform

/// How fresh what is known of all causes of a check is, those in maintenance left out.
struct CauseNews: Sendable {
    /// When the one that was looked at least lately was looked at; the beginning of time where one was never, or is suspect; nil without causes.
    private(set) var oldest: Timestamp?
    /// The longest time that one may take to be looked at.
    private(set) var longest: Duration = .zero
    /// The least that is waited where at least one must be looked at.
    private(set) var least: Duration = .zero

    private static let never = Timestamp(microseconds: .min)

    /// Of all checks, in one pass.
    static func all(_ evidence: IncidentBook.Evidence) -> [String: CauseNews] {
        var all: [String: CauseNews] = [:]
        for name in evidence.graph.causesFirst {
            var news = CauseNews()
            for cause in evidence.graph.causes(of: name) {
                if let below = all[cause] { news.add(below) }
                if let own = CauseNews(of: cause, evidence) { news.add(own) }
            }
            all[name] = news
        }
        return all
    }

    /// Of no causes.
    private init() {}

    /// Of one cause; nil when nobody waits for it.
    private init?(of cause: String, _ evidence: IncidentBook.Evidence) {
        guard let patience = evidence.patience(for: cause) else { return nil }
        let verdict = evidence.verdicts[cause]
        oldest = verdict.map { $0.isSuspect ? Self.never : $0.lookedAt } ?? Self.never
        longest = patience
        least = patience
    }

    private mutating func add(_ other: CauseNews) {
        guard let theirs = other.oldest else { return }
        guard let ours = oldest else {
            self = other
            return
        }
        longest = max(longest, other.longest)
        switch (ours == Self.never, theirs == Self.never) {
        // Those that were never looked at are waited for in any case, all of them.
        case (true, true): least = max(least, other.least)
        case (true, false): break
        case (false, true): least = other.least
        case (false, false): least = min(least, other.least)
        }
        oldest = min(ours, theirs)
    }
}

extension IncidentBook.Evidence {
    /// How long a cause may take to be looked at; nil where nobody waits for it.
    func patience(for cause: String) -> Duration? {
        guard let rules = rules[cause], !maintenance.contains(cause) else { return nil }
        return rules.timeout * 2
    }

    /// The longest that one of a check's causes may take which was not looked at since a time; nil where all were.
    func longestWait(of check: String, since failed: Timestamp) -> Duration? {
        graph.allCauses(of: check).compactMap { cause -> Duration? in
            if let news = verdicts[cause], !news.isSuspect, news.lookedAt >= failed { return nil }
            return patience(for: cause)
        }.max()
    }
}
