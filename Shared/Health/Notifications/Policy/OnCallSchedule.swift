// SPDX-License-Identifier: Apache-2.0
// Martlet: who is on call when.
public import Platform

/// A rotation of receivers with hand-overs at a fixed time of day, and exceptions.
public struct OnCallSchedule: Sendable {
    /// Somebody stands in for whoever would be on call.
    public struct Override: Sendable, Equatable {
        /// Who.
        public var receiver: String
        /// From this time on.
        public var from: Timestamp
        /// Until before this time.
        public var to: Timestamp

        /// Makes an exception.
        public init(receiver: String, from: Timestamp, to: Timestamp) {
            self.receiver = receiver
            self.from = from
            self.to = to
        }
    }

    /// Who takes turns, in this order.
    public let receivers: [String]
    /// A day on which the first one begins.
    public let start: LocalDateTime
    /// How many days a turn lasts: 1 for daily, 7 for weekly.
    public let daysPerTurn: Int
    /// When turns change, in minutes after midnight.
    public let handOver: Int
    /// Whose clocks count.
    public let zone: any LocalTime
    /// Exceptions; of several at the same time the last in the list counts.
    public let overrides: [Override]

    private let firstDay: Int64

    /// Makes a schedule; throws `configuration` when a value is out of range.
    ///
    /// - Parameters:
    ///   - receivers: 1...100.
    ///   - start: Only the date counts; turns before it follow the same order backwards.
    ///   - daysPerTurn: 1...366.
    ///   - handOver: 0...1439.
    ///   - overrides: At most 1,000, each with an end after its beginning.
    public init(
        receivers: [String],
        start: LocalDateTime,
        daysPerTurn: Int,
        handOver: Int,
        zone: any LocalTime,
        overrides: [Override] = []
    ) throws(NotificationError) {
        guard (1...100).contains(receivers.count) else {
            throw NotificationError(.configuration, "on_call.receivers", "must be 1 to 100 receivers")
        }
        guard (1...366).contains(daysPerTurn) else {
            throw NotificationError(.configuration, "on_call.days_per_turn", "must be 1 to 366")
        }
        guard (0..<1440).contains(handOver) else {
            throw NotificationError(.configuration, "on_call.hand_over", "must be 00:00 to 23:59")
        }
        guard overrides.count <= 1_000 else {
            throw NotificationError(.configuration, "on_call.overrides", "must be at most 1000")
        }
        for (index, override) in overrides.enumerated() where override.to <= override.from {
            throw NotificationError(.configuration, "on_call.overrides[\(index)].to", "must be after from")
        }
        self.receivers = receivers
        self.start = start
        self.daysPerTurn = daysPerTurn
        self.handOver = handOver
        self.zone = zone
        self.overrides = overrides
        firstDay = LocalDay.number(of: start)
    }

    /// Who is on call.
    public func receiver(at time: Timestamp) -> String {
        if let override = overrides.last(where: { $0.from <= time && time < $0.to }) { return override.receiver }
        let index = LocalDay.floored(turn(at: time), by: Int64(receivers.count)).remainder
        return receivers[Int(index)]
    }

    /// The next time after `time` at which the turn, or an exception, changes; the person may stay the same.
    public func nextChange(after time: Timestamp) -> Timestamp {
        let day = firstDay + (turn(at: time) + 1) * Int64(daysPerTurn)
        let edges = overrides.flatMap { [$0.from, $0.to] }.filter { $0 > time }
        return edges.reduce(zone.instant(day: day, minute: handOver), min)
    }

    private func turn(at time: Timestamp) -> Int64 {
        var day = zone.dayAndMinute(at: time).day
        // By instants and not by minutes: a change of clocks may skip or repeat the hand-over.
        if time < zone.instant(day: day, minute: handOver) { day -= 1 }
        return LocalDay.floored(day - firstDay, by: Int64(daysPerTurn)).quotient
    }
}
