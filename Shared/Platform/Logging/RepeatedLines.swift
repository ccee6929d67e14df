// SPDX-License-Identifier: Apache-2.0
// Martlet: keeps a warning that comes a thousand times a second from burying everything else. Pure: time comes in.

/// Lets so many lines of one call site through in a span of time, and counts the rest.
struct RepeatedLines {
    /// Where a line comes from: lines of one place say the same of different things.
    struct Site: Hashable {
        var file: String
        var line: UInt
    }

    private struct Count {
        var since: Timestamp
        var lines = 0
        var suppressed = 0
    }

    /// Lines of one site in one span; nil lets everything through.
    let limit: Int?
    /// The span, in microseconds.
    private static let span: Int64 = 10_000_000
    /// There are fewer call sites in the program; beyond that lines are not counted.
    private static let largestTable = 1_000
    private var counts: [Site: Count] = [:]

    init(limit: Int?) {
        self.limit = limit
    }

    /// Whether to show a line, and how many of its site were not shown since the last one that was.
    mutating func admit(_ site: Site, now: Timestamp) -> (isShown: Bool, suppressed: Int) {
        guard let limit else { return (true, 0) }
        var count = counts[site] ?? Count(since: now)
        // Also when the clock was set back.
        if abs(now.microseconds - count.since.microseconds) >= Self.span {
            count.since = now
            count.lines = 0
        }
        count.lines += 1
        let isShown = count.lines <= limit
        let suppressed = isShown ? count.suppressed : 0
        count.suppressed = isShown ? 0 : count.suppressed + 1
        if counts[site] != nil || counts.count < Self.largestTable { counts[site] = count }
        return (isShown, suppressed)
    }
}
