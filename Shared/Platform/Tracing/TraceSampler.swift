// SPDX-License-Identifier: Apache-2.0
// Martlet: which traces are recorded from their start on.

/// Keeps a share of all traces, chosen by their id so that every process chooses the same ones.
struct TraceSampler: Sendable, Hashable {
    /// The 56 random bits of the id's end that reach this are kept, as W3C's random flag and OpenTelemetry's consistent
    /// sampling have it.
    private let threshold: UInt64

    /// `ratio` is clamped to 0...1.
    init(ratio: Double) {
        let ratio = ratio.isNaN ? 0 : min(max(ratio, 0), 1)
        threshold = UInt64((1 - ratio) * Double(UInt64(1) << 56))
    }

    func samples(low: UInt64) -> Bool { low & 0xFF_FFFF_FFFF_FFFF >= threshold }
}
