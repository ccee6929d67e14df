// SPDX-License-Identifier: Apache-2.0
// Martlet: when a cron expression fires at a place, exact through every change of its clocks.

extension CronExpression {
    /// Longer than any expression pauses: 29 February on one day of the week comes within 40 years.
    private static let reach: Int64 = 100 * 366 * 86_400

    /// The first firing later than a time.
    ///
    /// A time that clocks skip fires at the first instant after the gap, together with others there; one that they show
    /// twice fires at the first. Nil after the year 9999 and before 0.
    public func next(after time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        guard time >= .earliest, time < .latest else { return nil }
        var from = time.wholeSeconds + 1
        let limit = from + Self.reach
        while from < limit {
            let period = zone.period(at: from)
            if from == period.start, firesInGap(before: period, in: zone) { return Self.shown(from) }
            let end = min(period.end ?? limit, limit)
            let offset = Int64(period.offset)
            var local = from + offset
            while let match = firstMatch(in: local..<(end + offset)) {
                guard let later = repeated(match, period, zone) else { return Self.shown(match - offset) }
                local = max(match + 1, later.upperBound)
                if local >= end + offset { break }
            }
            from = end
        }
        return nil
    }

    /// The last firing earlier than a time; otherwise as ``next(after:in:)``.
    public func previous(before time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        guard time > .earliest, time <= .latest else { return nil }
        // The last whole second before it.
        var last = Timestamp(microseconds: time.microseconds - 1).wholeSeconds
        let limit = last - Self.reach
        while last > limit {
            let period = zone.period(at: last)
            let start = max(period.start ?? limit, limit)
            let offset = Int64(period.offset)
            var end = last + 1 + offset
            while let match = lastMatch(in: (start + offset)..<end) {
                guard let earlier = repeated(match, period, zone) else { return Self.shown(match - offset) }
                end = min(match, earlier.lowerBound)
                if end <= start + offset { break }
            }
            if start == period.start, firesInGap(before: period, in: zone) { return Self.shown(start) }
            last = start - 1
        }
        return nil
    }

    /// Whether a match was skipped at the start of a period and fires there instead.
    private func firesInGap(before period: TimeZonePeriod, in zone: TimeZoneRules) -> Bool {
        guard let start = period.start else { return false }
        let before = Int64(zone.period(at: start - 1).offset)
        var local = start + before
        let end = start + Int64(period.offset)
        while local < end, let match = firstMatch(in: local..<end) {
            // Shown at another change close by, it is no gap for this time.
            if zone.instants(ofSeconds: match).isEmpty { return true }
            local = match + 1
        }
        return false
    }

    /// Nil when a match fires in this period; else the local times around it that were all shown before.
    private func repeated(_ match: Int64, _ period: TimeZonePeriod, _ zone: TimeZoneRules) -> Range<Int64>? {
        guard !firesAgainInFolds, let start = period.start,
            let first = zone.instants(ofSeconds: match).first, first < start
        else { return nil }
        let earlier = zone.period(at: first)
        let offset = Int64(earlier.offset)
        return ((earlier.start ?? first) + offset)..<((earlier.end ?? first + 1) + offset)
    }

    private static func shown(_ seconds: Int64) -> Timestamp? {
        let time = Timestamp(seconds: seconds)
        return time >= .earliest && time <= .latest ? time : nil
    }
}
