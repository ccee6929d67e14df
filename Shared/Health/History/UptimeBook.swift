// SPDX-License-Identifier: Apache-2.0
// Martlet: the availability of the last days by check, for the pages.

public import Platform
internal import Synchronization

/// The last 90 days of each check, read once, and then as far as they change.
public final class UptimeBook: Sendable {
    /// Days shown.
    public static let days = 90
    /// Spans in hours whose sums are exact to the hour.
    static let hours = [24, 168]

    /// Counts in half the room: there are 90 of them for each check.
    private struct Packed: Sendable {
        var up: UInt32 = 0, degraded: UInt32 = 0, down: UInt32 = 0, unknown: UInt32 = 0
        var keptUp: UInt32 = 0, keptDegraded: UInt32 = 0, keptDown: UInt32 = 0

        init(_ counts: FindingCounts) {
            (up, degraded) = (UInt32(clamping: counts.up), UInt32(clamping: counts.degraded))
            (down, unknown) = (UInt32(clamping: counts.down), UInt32(clamping: counts.unknown))
            (keptUp, keptDegraded) = (UInt32(clamping: counts.keptUp), UInt32(clamping: counts.keptDegraded))
            keptDown = UInt32(clamping: counts.keptDown)
        }

        var counts: FindingCounts {
            FindingCounts(
                up: Int(up),
                degraded: Int(degraded),
                down: Int(down),
                unknown: Int(unknown),
                keptUp: Int(keptUp),
                keptDegraded: Int(keptDegraded),
                keptDown: Int(keptDown)
            )
        }
    }

    private struct State {
        /// A ring for each check: the place of a day is its number modulo 90.
        var days: [String: [Packed]] = [:]
        var today = 0
        var hours: [Int: [String: FindingCounts]] = [:]
        var revision = 0
        var isComplete = false
    }

    private let state = Mutex(State())

    /// Empty.
    public init() {}

    /// Whether all days were loaded once.
    public internal(set) var isComplete: Bool {
        get { state.withLock { $0.isComplete } }
        set { state.withLock { $0.isComplete = newValue } }
    }

    /// Takes on days, in place of the same days before, and the sums of the last hours.
    func load(days: [String: [Int: FindingCounts]], hours: [Int: [String: FindingCounts]], today: Int) {
        state.withLock { state in
            // Days that began since the last load take the places of those that are too old.
            for day in stride(from: max(state.today + 1, today - Self.days + 1), through: today, by: 1) {
                for check in state.days.keys { state.days[check]?[day % Self.days] = Packed(FindingCounts()) }
            }
            for (check, counts) in days {
                var ring = state.days[check] ?? Array(repeating: Packed(FindingCounts()), count: Self.days)
                for (day, count) in counts where day > today - Self.days && day <= today {
                    ring[day % Self.days] = Packed(count)
                }
                state.days[check] = ring
            }
            state.today = today
            state.hours = hours
            state.revision += 1
        }
    }

    /// Raised at each load.
    public var revision: Int { state.withLock { $0.revision } }

    /// A check's last 90 days, today last; days without findings count nothing.
    public func days(of check: String) -> [FindingCounts] {
        state.withLock { state in
            guard let ring = state.days[check] else { return Array(repeating: FindingCounts(), count: Self.days) }
            return (0..<Self.days).map { ring[(state.today + 1 + $0) % Self.days].counts }
        }
    }

    /// The sums of a check by span: `24h`, `7d`, `30d`, `90d`.
    public func sums(of check: String) -> [(span: String, counts: FindingCounts)] {
        let days = days(of: check)
        let (short, week) = state.withLock { ($0.hours[24]?[check], $0.hours[168]?[check]) }
        func last(_ count: Int) -> FindingCounts { days.suffix(count).reduce(into: FindingCounts()) { $0 += $1 } }
        return [
            ("24h", short ?? FindingCounts()), ("7d", week ?? FindingCounts()), ("30d", last(30)), ("90d", last(90)),
        ]
    }
}

extension Timestamp {
    /// The number of the day (UTC); 0 is 1970-01-01.
    public var day: Int { Int(microseconds / 86_400_000_000) }
}
