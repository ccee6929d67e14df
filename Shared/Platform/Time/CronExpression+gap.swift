// SPDX-License-Identifier: Apache-2.0
// Martlet: how often something recurs.

extension CronExpression {
    /// The longest time between two of its next 32 times; nil when there are no two.
    public func longestGap(from now: Timestamp = .now(), in zone: TimeZoneRules) -> Duration? {
        var (last, longest) = (next(after: now, in: zone), Duration?.none)
        for _ in 0..<32 {
            guard let time = last, let following = next(after: time, in: zone) else { break }
            longest = max(longest ?? .zero, following - time)
            last = following
        }
        return longest
    }
}
