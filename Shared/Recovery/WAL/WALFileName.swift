// SPDX-License-Identifier: Apache-2.0
// Martlet: the files that PostgreSQL gives to archive_command and asks restore_command for.

/// The name of a file of the log.
public enum WALFileName: Hashable, Sendable, CustomStringConvertible {
    /// A whole segment.
    case segment(WALSegment)
    /// A timeline's last segment, which the end of recovery left unfinished: `….partial`.
    case partial(WALSegment)
    /// A note about a base backup: `….00000028.backup`.
    case backup(WALSegment, offset: String)
    /// Where a timeline comes from: `00000002.history`.
    case history(UInt32)

    /// Reads a name; nil if PostgreSQL writes no such.
    public init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        switch (parts.count, parts.last) {
        case (2, "history"):
            guard parts[0].utf8.count == 8, parts[0].utf8.allSatisfy(WALSegment.isDigit),
                let timeline = UInt32(parts[0], radix: 16), timeline > 0
            else { return nil }
            self = .history(timeline)
        case (1, _):
            guard let segment = WALSegment(name) else { return nil }
            self = .segment(segment)
        case (2, "partial"):
            guard let segment = WALSegment(parts[0]) else { return nil }
            self = .partial(segment)
        case (3, "backup"):
            guard let segment = WALSegment(parts[0]), parts[1].utf8.count == 8,
                parts[1].utf8.allSatisfy(WALSegment.isDigit)
            else { return nil }
            self = .backup(segment, offset: String(parts[1]))
        default: return nil
        }
    }

    /// The name.
    public var description: String {
        switch self {
        case .segment(let segment): segment.description
        case .partial(let segment): "\(segment).partial"
        case .backup(let segment, let offset): "\(segment).\(offset).backup"
        case .history(let timeline): "\(WALSegment.digits(timeline)).history"
        }
    }

    /// The timeline that it belongs to.
    public var timeline: UInt32 {
        switch self {
        case .segment(let segment), .partial(let segment), .backup(let segment, _): segment.timeline
        case .history(let timeline): timeline
        }
    }
}
