// SPDX-License-Identifier: Apache-2.0
// How much each stream holds: what keeps a million waiting jobs out of Redis. Pure: time comes in.

/// The bounded window of jobs on the bus.
///
/// New jobs may fill half of it and the sweeper all of it: while there is a backlog the sweeper keeps the streams more than half full, so new jobs queue up
/// behind the backlog in the ledger instead of overtaking it.
struct BusWindow: Sendable {
    private struct Fill {
        var length = 0
        var observedAt: ContinuousClock.Instant
    }

    /// Most entries in one stream.
    let limit: Int
    private var fills: [Lane: Fill] = [:]

    /// What one look at a full stream may risk, so that fullness is noticed to have ended.
    private static let probe = 64
    private static let staleAfter: Duration = .milliseconds(50)
    private static let restTime: Duration = .seconds(1)

    init(limit: Int) {
        self.limit = limit
    }

    /// Sets room aside for new jobs.
    ///
    /// - Returns: How many of `count` may go onto the bus.
    mutating func reserve(_ lane: Lane, count: Int, now: ContinuousClock.Instant) -> Int {
        var fill = fills[lane] ?? Fill(observedAt: now)
        var granted = min(count, max(0, limit / 2 - fill.length))
        if granted == 0, now - fill.observedAt > Self.staleAfter {
            granted = min(count, Self.probe)
            fill.observedAt = now
        }
        fill.length += granted
        fills[lane] = fill
        return granted
    }

    /// Notes a stream's true length.
    mutating func observe(_ lane: Lane, length: Int, now: ContinuousClock.Instant) {
        fills[lane] = Fill(length: length, observedAt: now)
    }

    /// Notes that there is no such stream, since no worker serves the lane, or that it takes no more: nothing goes there for a second, and then a probe.
    mutating func rest(_ lane: Lane, now: ContinuousClock.Instant) {
        fills[lane] = Fill(length: limit, observedAt: now + Self.restTime)
    }
}
