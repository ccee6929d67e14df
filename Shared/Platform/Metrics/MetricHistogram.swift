// SPDX-License-Identifier: Apache-2.0
// Martlet: a distribution as counts in explicit buckets.
internal import Synchronization

/// A histogram; safe from any thread, and a scrape always sees count, sum and buckets of one instant.
public final class MetricHistogram: Sendable {
    /// The upper bounds, inclusive and rising; the last bucket, up to infinity, is implied.
    public let bounds: [Double]
    private let state: Mutex<Snapshot>

    /// Counts for each bucket (not cumulative; the last one is the infinite bucket), and the sum of all values.
    public struct Snapshot: Sendable, Equatable {
        /// One count for each bound, and one more.
        public var buckets: [UInt64]
        /// The sum of the values.
        public var sum: Double
        /// The number of values.
        public var count: UInt64 { buckets.reduce(0, &+) }
    }

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(Snapshot(buckets: [UInt64](repeating: 0, count: bounds.count + 1), sum: 0))
    }

    /// Adds a value (for latencies, in seconds) `count` times; values that are not numbers are ignored.
    public func observe(_ value: Double, count: Int = 1) {
        guard !value.isNaN, count > 0 else { return }
        let index = bucket(of: value)
        state.withLock {
            $0.buckets[index] &+= UInt64(count)
            $0.sum += value * Double(count)
        }
    }

    /// Adds a duration in seconds `count` times.
    public func observe(_ duration: Duration, count: Int = 1) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18, count: count)
    }

    /// Everything that was observed so far.
    public var snapshot: Snapshot { state.withLock { $0 } }

    /// The first bucket whose bound is not below the value, by binary search.
    private func bucket(of value: Double) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
