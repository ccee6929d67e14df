// SPDX-License-Identifier: Apache-2.0
// Martlet: which WAL a kept backup needs.
internal import Postgres

/// The WAL that a backup needs: from its start on, on its timeline and all later ones.
///
/// A later timeline may not come from the backup's; then too much is kept, and never too little.
struct WALNeed: Hashable {
    let timeline: UInt32
    let start: UInt64
    /// Nil: all that follows.
    let end: UInt64?
    let segmentSize: Int?

    /// - Parameter isOwnOnly: Whether only what makes the backup consistent is needed.
    init(_ backup: RetainedBackup, isOwnOnly: Bool) {
        // What is not known counts as the beginning of everything.
        timeline = backup.startTimeline ?? 0
        start = backup.start ?? 0
        end = isOwnOnly && backup.health != .unreadable && backup.start != nil ? backup.end : nil
        segmentSize = backup.segmentSize
    }

    /// Whether the backup needs a segment.
    func holds(_ segment: WALSegment) -> Bool {
        guard segment.timeline >= timeline else { return false }
        let positions = segment.positions(size: segmentSize)
        return positions.upperBound > start && (end.map { positions.lowerBound <= $0 } ?? true)
    }

    /// Whether all segments from a backup's start to its end are there; nil when their size or an end is not known.
    ///
    /// - Parameter timelines: Those that can be restored from it: when its own was left within a segment, a later one
    ///   has that.
    static func isOwnComplete(_ backup: RetainedBackup, in segments: Set<WALSegment>, of timelines: [UInt32]) -> Bool? {
        guard let timeline = backup.timeline, let start = backup.start, let end = backup.end,
            let size = backup.segmentSize, size > 0, end >= start, (end - start) / UInt64(size) < 1 << 20
        else { return nil }
        let candidates = [backup.startTimeline ?? timeline, timeline] + timelines
        var segment = WALSegment(timeline: timeline, holding: LSN(start), size: size)
        // A backup that ends at a segment's first byte needs nothing of that segment.
        repeat {
            guard candidates.contains(where: { segments.contains(segment.on($0)) }) else { return false }
            segment = segment.next(size: size)
        } while segment.positions(size: size).lowerBound < end
        return true
    }
}
