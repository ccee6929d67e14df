// SPDX-License-Identifier: Apache-2.0
// Martlet: usual bucket bounds.

/// Bucket bounds for histograms.
public enum HistogramBuckets {
    /// Seconds from 0.5 ms to 60 s; the default of timers.
    public static let latency: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    /// 1 to 10,000 things; the default of recorders (batch sizes).
    public static let counts: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
    /// 256 bytes to 16 MiB.
    public static let bytes: [Double] = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216]

    /// Sorted, without duplicates, infinities and what is not a number.
    static func cleaned(_ bounds: [Double]) -> [Double] { Array(Set(bounds.filter(\.isFinite))).sorted() }
}
