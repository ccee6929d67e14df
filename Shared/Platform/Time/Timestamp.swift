// SPDX-License-Identifier: Apache-2.0
// Martlet: a point in time as microseconds since 1970 UTC, the resolution of the ledger's timestamptz.
internal import FoundationEssentials

/// A UTC time to the microsecond.
///
/// Hand-written because a formatter object costs a microsecond or more per line and would pull in full Foundation.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public let microseconds: Int64

    /// Wraps microseconds since 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Wraps whole seconds since 1970-01-01T00:00:00Z.
    public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    /// 0000-01-01T00:00:00Z, the earliest time that RFC 3339 can write.
    public static let earliest = Timestamp(microseconds: -62_167_219_200_000_000)
    /// 9999-12-31T23:59:59.999999Z, the latest time that RFC 3339 can write.
    public static let latest = Timestamp(microseconds: 253_402_300_799_999_999)

    /// The system's wall clock.
    public static func now() -> Timestamp {
        // Exact enough: a Double of seconds since 2001 resolves an eighth of a microsecond.
        Timestamp(microseconds: 978_307_200_000_000 + Int64(Date().timeIntervalSinceReferenceDate * 1_000_000))
    }

    /// Orders by time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// The time a duration later; saturates at the ends of Int64.
    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (seconds, attoseconds) = right.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let end = seconds < 0 ? Int64.min : Int64.max
        guard !overflow else { return Timestamp(microseconds: end) }
        let (delta, overflow2) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        let (sum, overflow3) = left.microseconds.addingReportingOverflow(delta)
        return Timestamp(microseconds: overflow2 || overflow3 ? end : sum)
    }

    /// The duration from the right time to the left one; negative if left is earlier.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds) - .microseconds(right.microseconds)
    }

    /// RFC 3339 in UTC with six fractional digits: `2026-01-31T08:09:10.123456Z`.
    public var description: String { formatted() }
}
