// SPDX-License-Identifier: Apache-2.0
// Martlet: the availability of the last days by check, for the pages.

internal import Platform
internal import Synchronization

/// The last 90 days of each check, read now and then.
public final class UptimeBook: Sendable {
    /// Days shown.
    public static let days = 90
    /// Spans in hours whose sums are exact to the hour.
    static let hours = [24, 168]

    private struct State {
        var days: [String: [Int: FindingCounts]] = [:]
        var hours: [Int: [String: FindingCounts]] = [:]
        var revision = 0
    }

    private let state = Mutex(State())

    /// Empty.
    public init() {}

    func load(days: [String: [Int: FindingCounts]], hours: [Int: [String: FindingCounts]]) {
        state.withLock { state in
            state.days = days
            state.hours = hours
            state.revision += 1
        }
    }

    /// Raised at each load.
    public var revision: Int { state.withLock { $0.revision } }

    /// A check's days, by days since 1970.
    public func days(of check: String) -> [Int: FindingCounts] { state.withLock { $0.days[check] ?? [:] } }

    /// The sums of a check by span: `24h`, `7d`, `30d`, `90d`.
    public func sums(of check: String, today: Int) -> [(span: String, counts: FindingCounts)] {
        state.withLock { state in
            let days = state.days[check] ?? [:]
            func last(_ count: Int) -> FindingCounts {
                days.reduce(into: FindingCounts()) { sum, day in
                    if day.key > today - count { sum += day.value }
                }
            }
            return [
                ("24h", state.hours[24]?[check] ?? FindingCounts()),
                ("7d", state.hours[168]?[check] ?? FindingCounts()),
                ("30d", last(30)), ("90d", last(90)),
            ]
        }
    }
}
