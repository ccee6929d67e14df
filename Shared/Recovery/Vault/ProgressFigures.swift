// SPDX-License-Identifier: Apache-2.0
// Martlet: the counters of a run at one moment.

/// How far a run is.
public struct ProgressFigures: Sendable {
    /// When it began.
    public let began: ContinuousClock.Instant
    /// Since then.
    public internal(set) var elapsed = Duration.zero
    /// Bytes taken from the source.
    public internal(set) var bytesRead: Int64 = 0
    /// Bytes written to the store or the disk.
    public internal(set) var bytesStored: Int64 = 0
    /// Bytes of the source that an earlier run had stored already.
    public internal(set) var bytesRecognised: Int64 = 0
    /// Whole files or tables.
    public internal(set) var files = 0
    /// Bytes that the source has in all, as far as known.
    public internal(set) var expected: Int64?

    init(began: ContinuousClock.Instant) { self.began = began }

    /// Bytes of the source a second, since the beginning.
    public var rate: Double {
        let seconds = elapsed / .seconds(1)
        return seconds > 0 ? Double(bytesRead) / seconds : 0
    }

    /// The part that is done, 0 to 1; nil when the whole isn't known.
    public var part: Double? {
        guard let expected, expected > 0 else { return nil }
        return min(1, Double(bytesRead) / Double(expected))
    }

    /// The time that the rest takes at this rate; nil when that can't be told yet.
    public var left: Duration? {
        guard let expected, rate > 0 else { return nil }
        return .seconds(Double(max(0, expected - bytesRead)) / rate)
    }
}
