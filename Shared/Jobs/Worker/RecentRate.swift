// SPDX-License-Identifier: Apache-2.0
// How fast things happen lately.

/// Counts events over the last one to two seconds.
struct RecentRate: Sendable {
    private var windowStart: ContinuousClock.Instant?
    private var current = 0
    private var previous = 0

    /// Counts events.
    mutating func count(_ events: Int, now: ContinuousClock.Instant) {
        roll(now)
        current += events
    }

    /// Events a second, over the present and the previous window of a quarter second.
    func perSecond(now: ContinuousClock.Instant) -> Int {
        var copy = self
        copy.roll(now)
        return (copy.current + copy.previous) * 2
    }

    private mutating func roll(_ now: ContinuousClock.Instant) {
        guard let start = windowStart else {
            windowStart = now
            return
        }
        let elapsed = now - start
        if elapsed >= .milliseconds(500) {
            previous = 0
            current = 0
            windowStart = now
        } else if elapsed >= .milliseconds(250) {
            previous = current
            current = 0
            windowStart = now
        }
    }
}
