// SPDX-License-Identifier: Apache-2.0
// Martlet: why something is kept or removed.

/// Why a backup is kept or removed, for people.
public enum RetentionReason: Hashable, Sendable, CustomStringConvertible {
    /// Somebody pinned it.
    case pinned
    /// The policy has no rules.
    case noRules
    /// One of the newest so many.
    case count(Int)
    /// One of the newest so many, which stay however old they are.
    case minimum(Int)
    /// Not old enough.
    case age
    /// Within the recovery window.
    case window
    /// The last one before the recovery window, from which its first moments are restored.
    case windowStart
    /// The last one of its period.
    case period(RetentionPeriod)
    /// The newest of its kind.
    case newest
    /// The newest of its kind that is not known to be damaged or to lack WAL.
    case newestSound
    /// The newest from which the present timeline can be restored.
    case newestOnTimeline(UInt32)
    /// A timeline's history can't be read, so that nobody knows whether it can be restored from this backup.
    case unknownHistory(UInt32)
    /// Its entry can't be read: what it is must be found out before it is removed.
    case unreadable
    /// A run works at it, or somebody reads it.
    case inUse
    /// Unfinished, and may still be taken up again.
    case unfinishedYoung
    /// No rule keeps it.
    case noRule
    /// Unfinished, and too old to be taken up again.
    case unfinishedOld
    /// What a removal that was killed has left.
    case remains

    /// A few words.
    public var description: String {
        switch self {
        case .pinned: "pinned"
        case .noRules: "no rules"
        case .count(let count): "newest \(count)"
        case .minimum(let count): "at least \(count)"
        case .age: "age"
        case .window: "recovery window"
        case .windowStart: "start of the recovery window"
        case .period(let period): "last of its \(period.rawValue)"
        case .newest: "newest"
        case .newestSound: "newest sound one"
        case .newestOnTimeline(let timeline): "newest for timeline \(timeline)"
        case .unknownHistory(let timeline): "history of timeline \(timeline) unknown"
        case .unreadable: "entry unreadable"
        case .inUse: "in use"
        case .unfinishedYoung: "unfinished, may be resumed"
        case .noRule: "no rule keeps it"
        case .unfinishedOld: "unfinished and old"
        case .remains: "left by a removal"
        }
    }
}
