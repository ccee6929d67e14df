// SPDX-License-Identifier: Apache-2.0
// Whole units of a Duration, as the ledger and the wire carry them.

extension Duration {
    /// Whole microseconds, clamped to what 64 bits hold.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return product &+ attoseconds / 1_000_000_000_000
    }

    /// Whole milliseconds, clamped to what 64 bits hold.
    var wholeMilliseconds: Int64 { wholeMicroseconds / 1_000 }

    /// The length in seconds, for histograms.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
