// SPDX-License-Identifier: Apache-2.0
// Martlet: what clocks show at a place: offsets of the past, and the rule for the future.

/// The offsets of a time zone of the IANA database.
///
/// ```swift
/// let berlin = try TimeZoneRules(identifier: "Europe/Berlin")
/// berlin.local(.now()).hour
/// ```
/// Making one reads a file of a few KiB; keep it for as long as the database is to stay the same.
public struct TimeZoneRules: Sendable, Hashable, CustomStringConvertible {
    /// The name in the database, as it was given.
    public let identifier: String
    let file: TimeZoneFile

    /// Universal time, which needs no file.
    public static let utc = TimeZoneRules(identifier: "UTC", file: TimeZoneFile(offset: 0))

    init(identifier: String, file: TimeZoneFile) { (self.identifier, self.file) = (identifier, file) }

    /// The name.
    public var description: String { identifier }

    /// Seconds east of universal time at a time.
    public func offset(at time: Timestamp) -> Int { period(at: time.wholeSeconds).offset }

    /// What clocks show at a time; fractions of the second are cut off.
    public func local(_ time: Timestamp) -> LocalDateTime {
        let seconds = time.wholeSeconds
        return LocalDateTime(seconds: seconds + Int64(period(at: seconds).offset))
    }

    /// When clocks show a time, in rising order: never in a gap, twice in a fold, else once.
    public func instants(of local: LocalDateTime) -> [Timestamp] {
        instants(ofSeconds: local.seconds).compactMap { Timestamp(exactSeconds: $0) }
    }

    func instants(ofSeconds local: Int64) -> [Int64] {
        // No offset is longer than this, so that all periods that can show the time lie around it.
        let reach: Int64 = 93_600
        var found: [Int64] = []
        var period = period(at: local - reach)
        while true {
            let time = local - Int64(period.offset)
            if time >= period.start ?? .min, time < period.end ?? .max { found.append(time) }
            guard let end = period.end, end <= local + reach else { return found }
            period = self.period(at: end)
        }
    }

    /// The offset in force at a time, since when and until when; two neighbours may have the same offset.
    func period(at time: Int64) -> TimeZonePeriod {
        let next = file.changes.partitioningIndex { $0 > time }
        let start = next > 0 ? file.changes[next - 1] : nil
        if next < file.changes.count || file.rule == nil {
            let offset = next > 0 ? file.offsets[next - 1] : file.firstOffset
            return TimeZonePeriod(
                start: start,
                end: next < file.changes.count ? file.changes[next] : nil,
                offset: offset
            )
        }
        var period = file.rule?.period(at: time) ?? TimeZonePeriod(offset: file.firstOffset)
        if let start { period.start = max(period.start ?? start, start) }
        return period
    }
}

extension Timestamp {
    /// Nil when the microseconds don't fit.
    init?(exactSeconds seconds: Int64) {
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return nil }
        self.init(microseconds: microseconds)
    }

    /// Seconds since 1970, rounded down.
    var wholeSeconds: Int64 { microseconds.flooredDivision(by: 1_000_000).quotient }
}

extension [Int64] {
    /// The first index whose element satisfies a condition that holds for all elements from some index on.
    fileprivate func partitioningIndex(_ holds: (Int64) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
