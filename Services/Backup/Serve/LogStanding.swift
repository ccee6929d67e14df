// SPDX-License-Identifier: Apache-2.0
// Martlet: how far the log in the store is, and where it has gaps.

internal import Postgres
internal import Recovery

/// What the store has of the log that the newest physical backup needs. Pure: listings in, figures out.
struct LogStanding: Equatable {
    /// Behind the newest byte; nil when there is none.
    let end: LSN?
    /// Ranges that are missing in between.
    let gaps: Int

    init(end: LSN?, gaps: Int) {
        self.end = end
        self.gaps = gaps
    }

    /// Judges an archive.
    /// - Parameters:
    ///   - timeline: The server's.
    ///   - start: Where the newest backup's log begins; nil: without a backup all that is there counts.
    init(_ coverage: WALCoverage, histories: [TimelineHistory], timeline: UInt32, from start: LSN?) {
        let line = histories.first { $0.timeline == timeline } ?? TimelineHistory(timeline: timeline)
        let spans = coverage.spans(along: line).filter { span in start.map { span.end > $0 } ?? true }
        end = spans.last?.end
        var gaps = max(0, spans.count - 1)
        if let start, let first = spans.first, first.start > start { gaps += 1 }
        self.gaps = gaps
    }
}
