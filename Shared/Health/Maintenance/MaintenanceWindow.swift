// SPDX-License-Identifier: Apache-2.0
// Martlet: a time in which failures are expected.

public import Platform

/// A time in which some checks are worked on: their findings are counted apart and open no incidents.
public struct MaintenanceWindow: Sendable, Equatable {
    /// When it is.
    public enum Times: Sendable, Equatable {
        /// Once.
        case once(from: Timestamp, to: Timestamp)
        /// Whenever a cron expression fires by the clocks of a zone, for a duration of at most 7 days.
        case recurring(CronExpression, TimeZoneRules, Duration)
    }

    /// Its identifier: the number in the ledger, or `file-` and its place.
    public var id: String
    /// What is done, for people.
    public var title: String
    /// When.
    public var times: Times
    /// The checks; with none and no groups either, all.
    public var checks: [String]
    /// The groups whose checks are meant.
    public var groups: [String]
    /// Whether the configuration file says so.
    public var isFromFile: Bool
    /// Who made it.
    public var createdBy: String?

    /// The longest recurring window.
    public static let longest: Duration = .seconds(7 * 86_400)

    /// Describes a window.
    public init(
        id: String,
        title: String,
        times: Times,
        checks: [String] = [],
        groups: [String] = [],
        isFromFile: Bool = false,
        createdBy: String? = nil
    ) {
        self.id = id
        self.title = title
        self.times = times
        self.checks = checks
        self.groups = groups
        self.isFromFile = isFromFile
        self.createdBy = createdBy
    }

    /// The window that is open at a time, else the next one; nil when all are over.
    public func occurrence(at now: Timestamp) -> (from: Timestamp, to: Timestamp)? {
        switch times {
        case .once(let from, let to): return now < to ? (from, to) : nil
        case .recurring(let cron, let zone, let duration):
            // The last time that it fired, if that lasts; of overlapping ones the latest.
            if let last = cron.previous(before: now + .microseconds(1), in: zone), now < last + duration {
                return (last, last + duration)
            }
            return cron.next(after: now, in: zone).map { ($0, $0 + duration) }
        }
    }

    /// Whether it is open at a time.
    public func isOpen(at now: Timestamp) -> Bool { occurrence(at: now).map { $0.from <= now } ?? false }

    /// Whether a check is meant.
    public func covers(_ check: String, group: String?) -> Bool {
        (checks.isEmpty && groups.isEmpty) || checks.contains(check) || (group.map(groups.contains) ?? false)
    }
}
