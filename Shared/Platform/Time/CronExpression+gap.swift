// SPDX-License-Identifier: Apache-2.0
// Martlet: how often something recurs.

extension CronExpression {
    /// The longest time between two of its next times; nil when there are no two.
    ///
    /// It looks at 32 of them and at all within nine days, so that a pause of each night or each weekend is among them
    /// whenever it is asked; of what fires each second, at 20,000.
    public func longestGap(from now: Timestamp = .now(), in zone: TimeZoneRules) -> Duration? {
        var (last, longest, count) = (next(after: now, in: zone), Duration?.none, 0)
        let horizon = now + .seconds(9 * 86_400)
        while let time = last, count < 32 || time < horizon && count < 20_000,
            let following = next(after: time, in: zone)
        {
            longest = max(longest ?? .zero, following - time)
            (last, count) = (following, count + 1)
        }
        return longest
    }
}
