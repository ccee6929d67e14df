// SPDX-License-Identifier: Apache-2.0
// Martlet: which log an archive has without a gap, from the names alone.
public import Postgres

/// What an archive of the log reaches. A pure function of its listing.
///
/// ```swift
/// let reach = coverage.reach(from: backup.start, along: history)
/// ```
public struct WALCoverage: Sendable {
    /// Positions without a gap.
    public struct Span: Hashable, Sendable {
        /// The first position.
        public let start: LSN
        /// The position behind the last.
        public let end: LSN
    }

    private let segmentSize: Int
    /// For each segment how many bytes from its beginning are there.
    private let lengths: [WALSegment: Int]

    /// Takes a listing over.
    /// - Parameters:
    ///   - segments: whole segments.
    ///   - pieces: offsets within a segment of what is there of unfinished ones.
    public init(segmentSize: Int, segments: some Sequence<WALSegment>, pieces: [WALSegment: [Range<Int>]] = [:]) {
        self.segmentSize = segmentSize
        var lengths: [WALSegment: Int] = [:]
        for (segment, ranges) in pieces { lengths[segment] = Self.prefix(of: ranges) }
        for segment in segments { lengths[segment] = segmentSize }
        self.lengths = lengths
    }

    /// How many bytes from 0 on some ranges cover together.
    public static func prefix(of ranges: [Range<Int>]) -> Int {
        var end = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard range.lowerBound <= end else { break }
            end = max(end, range.upperBound)
        }
        return end
    }

    /// All that is there along a line of timelines, in order; between two spans segments are missing.
    ///
    /// A timeline's first segment begins with a copy of its ancestor's, so it counts from its own beginning; what an
    /// ancestor wrote behind the branch doesn't belong to the line.
    public func spans(along history: TimelineHistory) -> [Span] {
        var found: [Span] = []
        for (segment, length) in lengths where length > 0 {
            guard let start = segment.start(size: segmentSize), let life = life(of: segment.timeline, in: history),
                start.value >= life.begin.value / UInt64(segmentSize) * UInt64(segmentSize)
            else { continue }
            let end = min(start + length, life.end)
            if start < end { found.append(Span(start: start, end: end)) }
        }
        found.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        var joined: [Span] = []
        for span in found {
            if let last = joined.last, span.start <= last.end {
                joined[joined.count - 1] = Span(start: last.start, end: max(last.end, span.end))
            } else {
                joined.append(span)
            }
        }
        return joined
    }

    /// The newest position that can be replayed from `start` on; nil when not even the start is there.
    public func reach(from start: LSN, along history: TimelineHistory) -> LSN? {
        spans(along: history).first { $0.start <= start && start < $0.end }?.end
    }

    /// The segments that are missing between what is there behind `start`, the first ones first.
    /// - Parameter limit: at most so many; default 100.
    public func missing(from start: LSN, along history: TimelineHistory, limit: Int = 100) -> [WALSegment] {
        var missing: [WALSegment] = []
        var position = start
        for span in spans(along: history) where span.end > start {
            while position < span.start, missing.count < limit {
                let timeline = history.timeline(at: position)
                missing.append(WALSegment(timeline: timeline, holding: position, size: segmentSize))
                position = LSN((position.value / UInt64(segmentSize) + 1) * UInt64(segmentSize))
            }
            position = max(position, span.end)
        }
        return missing
    }

    /// From where to where a timeline belongs to the line.
    private func life(of timeline: UInt32, in history: TimelineHistory) -> (begin: LSN, end: LSN)? {
        var begin = LSN.none
        for branch in history.ancestors {
            if branch.timeline == timeline { return (begin, branch.end) }
            begin = branch.end
        }
        return history.timeline == timeline ? (begin, LSN(.max)) : nil
    }
}
