// SPDX-License-Identifier: Apache-2.0
// Martlet: a distribution as counts in explicit buckets.
internal import Synchronization

/// A histogram; safe from any thread, and a scrape always sees count, sum and buckets of one instant.
public final class MetricHistogram: Sendable {
    /// The upper bounds, inclusive and rising; the last bucket, up to infinity, is implied.
    public let bounds: [Double]
    private let state: Mutex<State>

    /// Counts for each bucket (not cumulative; the last one is the infinite bucket), and the sum of all values.
    public struct Snapshot: Sendable, Equatable {
        /// One count for each bound, and one more.
        public var buckets: [UInt64]
        /// The sum of the values.
        public var sum: Double
        /// The number of values.
        public var count: UInt64 { buckets.reduce(0, &+) }
    }

    private struct State {
        var snapshot: Snapshot
        /// One for each bucket; empty until there is one at all, as for most histograms.
        var exemplars: [MetricExemplar?] = []
    }

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(snapshot: Snapshot(buckets: [UInt64](repeating: 0, count: bounds.count + 1), sum: 0)))
    }

    /// Adds a value (for latencies, in seconds) `count` times; values that are not numbers are ignored.
    ///
    /// A sampled trace becomes the example of its bucket, which scrapers that take OpenMetrics are shown.
    public func observe(_ value: Double, count: Int = 1, trace: TraceContext? = nil) {
        guard !value.isNaN, count > 0 else { return }
        let index = bucket(of: value)
        let exemplar = trace.flatMap { MetricExemplar($0, value: value) }
        state.withLock {
            $0.snapshot.buckets[index] &+= UInt64(count)
            $0.snapshot.sum += value * Double(count)
            guard let exemplar else { return }
            if $0.exemplars.isEmpty { $0.exemplars = Array(repeating: nil, count: bounds.count + 1) }
            $0.exemplars[index] = exemplar
        }
    }

    /// Adds a duration in seconds `count` times; `trace` as for a value.
    public func observe(_ duration: Duration, count: Int = 1, trace: TraceContext? = nil) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18, count: count, trace: trace)
    }

    /// Everything that was observed so far.
    public var snapshot: Snapshot { state.withLock { $0.snapshot } }

    /// The last sampled trace of each bucket, or nothing at all, at the instant of the counts.
    var page: (counts: Snapshot, exemplars: [MetricExemplar?]) { state.withLock { ($0.snapshot, $0.exemplars) } }

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
