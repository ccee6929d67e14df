// SPDX-License-Identifier: Apache-2.0
// Martlet: where a timeline comes from, as a history file states it.
public import Postgres

/// A timeline's ancestors: each was left at a position.
public struct TimelineHistory: Hashable, Sendable {
    /// An ancestor.
    public struct Branch: Hashable, Sendable {
        /// Its number.
        public let timeline: UInt32
        /// Where the next one left it.
        public let end: LSN

        /// Takes both over.
        public init(timeline: UInt32, end: LSN) {
            self.timeline = timeline
            self.end = end
        }
    }

    /// The timeline itself.
    public let timeline: UInt32
    /// Its ancestors, oldest first; numbers and positions rise.
    public let ancestors: [Branch]

    /// A timeline without ancestors: the first one.
    public init(timeline: UInt32, ancestors: [Branch] = []) {
        self.timeline = timeline
        self.ancestors = ancestors
    }

    /// Reads a history file: lines of a number, a position and a reason.
    /// - Throws: `.damaged`.
    public init(of timeline: UInt32, _ text: String) throws(RecoveryError) {
        var ancestors: [Branch] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            guard fields.count >= 2, let number = UInt32(first), let end = LSN(fields[1]), number < timeline,
                ancestors.last.map({ $0.timeline < number && $0.end <= end }) ?? true
            else { throw RecoveryError(.damaged, "the history of timeline \(timeline) has a wrong line: \(line)") }
            ancestors.append(Branch(timeline: number, end: end))
        }
        self.timeline = timeline
        self.ancestors = ancestors
    }

    /// The timeline on which the byte at a position was written.
    public func timeline(at position: LSN) -> UInt32 {
        ancestors.first { position < $0.end }?.timeline ?? timeline
    }

    /// Where a timeline of this line ends; nil for the last one and for strangers.
    public func end(of timeline: UInt32) -> LSN? { ancestors.first { $0.timeline == timeline }?.end }
}
