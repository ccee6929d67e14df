// SPDX-License-Identifier: Apache-2.0
// Martlet: the gap detector against a model that looks at every page.

import TestSupport
import Postgres
import Testing

@testable import Recovery

@Suite("Gaps in the log")
struct WALCoverageTests {
    private static let size = 1 << 20
    private static let page = 1 << 16

    @Test("Random archives over several timelines are judged as page by page", arguments: 1...100)
    func random(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let size = UInt64(Self.size)
        let pagesInSegment = Self.size / Self.page
        let count = 24
        // A line of one to four timelines, each branching off at some page.
        var ancestors: [TimelineHistory.Branch] = []
        var position = UInt64(Self.page)
        for timeline in 1...UInt32.random(in: 1...4, using: &random) {
            position += UInt64(Self.page) * UInt64.random(in: 0...80, using: &random)
            if position < UInt64(count) * size { ancestors.append(.init(timeline: timeline, end: LSN(position))) }
        }
        let last = (ancestors.last?.timeline ?? 0) + 1
        let history = TimelineHistory(timeline: last, ancestors: ancestors)
        // What is there: mostly whole segments of each timeline, also such that don't belong to the line.
        var whole: Set<WALSegment> = []
        var pieces: [WALSegment: [Range<Int>]] = [:]
        for timeline in 1...(last + 1) {
            for number in 0..<count {
                let segment = WALSegment(timeline: timeline, holding: LSN(UInt64(number) * size), size: Self.size)
                switch Int.random(in: 0..<20, using: &random) {
                case 0: continue
                case 1:
                    let ends = [0, 3, 7, 12].map { $0 * Self.page }
                    let from = Int.random(in: 0..<2, using: &random)
                    pieces[segment] = [ends[from]..<ends[from + 1], ends[2]..<ends[3], ends[1]..<ends[2]]
                default: whole.insert(segment)
                }
            }
        }
        let coverage = WALCoverage(segmentSize: Self.size, segments: whole, pieces: pieces)

        // The model: a page is there when the segment of a timeline that may supply it has it.
        func isThere(_ page: Int) -> Bool {
            let (segmentNumber, offset) = (page / pagesInSegment, page % pagesInSegment * Self.page)
            let start = LSN(UInt64(page) * UInt64(Self.page))
            let writer = history.timeline(at: start)
            // Its own timeline, or a later one that begins in this very segment and so begins with a copy.
            let suppliers = ([writer] + ancestors.map(\.timeline) + [last]).filter { timeline in
                guard timeline >= writer else { return false }
                if timeline == writer { return true }
                guard let begin = ancestors.last(where: { $0.timeline < timeline })?.end else { return false }
                return Int(begin.value / size) <= segmentNumber
            }
            return suppliers.contains { timeline in
                let segment = WALSegment(timeline: timeline, holding: start, size: Self.size)
                if whole.contains(segment) { return true }
                return offset + Self.page <= WALCoverage.prefix(of: pieces[segment] ?? [])
            }
        }
        for start in 0..<(count * pagesInSegment) where start % 9 == 0 {
            var end = start
            while end < count * pagesInSegment, isThere(end) { end += 1 }
            let from = LSN(UInt64(start) * UInt64(Self.page))
            let reach = coverage.reach(from: from, along: history)
            let wanted = end == start ? nil : LSN(UInt64(end) * UInt64(Self.page))
            #expect(reach == wanted, "seed \(seed), from \(from)")
            let missing = coverage.missing(from: from, along: history)
            let more = (end..<(count * pagesInSegment)).contains(where: isThere)
            #expect(
                missing.isEmpty == !(more && end < count * pagesInSegment),
                "seed \(seed), from \(from): \(missing)"
            )
            if let first = missing.first {
                #expect(
                    first.start(size: Self.size).map { $0.value / size } == UInt64(end / pagesInSegment),
                    "seed \(seed)"
                )
            }
        }
    }
}
