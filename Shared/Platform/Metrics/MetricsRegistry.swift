// SPDX-License-Identifier: Apache-2.0
// Martlet: all metrics of a process, with a bound on the number of series.
internal import Synchronization

/// The metrics of a process, for hot paths by typed objects, for libraries as swift-metrics' back end.
///
/// ```swift
/// let registry = MetricsRegistry()
/// let completed = registry.counter("martlet_jobs_completed_total", help: "Jobs completed.", labels: [("queue", "default")])
/// completed.add(12)
/// let page = registry.render(.text)
/// ```
/// Make the objects once and keep them; making costs a dictionary look-up under a lock. A metric name takes at most a
/// number of
/// series (default 1,000): more get an object that works but is not shown, and `martlet_metrics_dropped_series_total`
/// counts them.
/// So does a name that is already in use with another type.
public final class MetricsRegistry: Sendable {
    struct State {
        var families: [String: MetricFamily] = [:]
        var order: [String] = []
        var collectors: [Collector] = []
    }

    struct Collector {
        var isConfidential: Bool
        var body: @Sendable (inout MetricSamples) -> Void
    }

    let state = Mutex(State())
    private let maximumSeries: Int
    private let buckets: [String: [Double]]
    private static let droppedName = "martlet_metrics_dropped_series_total"

    /// Creates an empty registry; `buckets` gives the bounds of histograms by exposed name, for metrics made by
    /// libraries.
    public init(maximumSeriesPerMetric: Int = 1000, buckets: [String: [Double]] = [:]) {
        maximumSeries = max(1, maximumSeriesPerMetric)
        self.buckets = buckets
    }

    /// A counter; `_total` is appended to the name if missing. The same name and labels give the same object.
    public func counter(_ name: String, help: String, labels: [(String, String)] = []) -> MetricCounter {
        let series = find(MetricName.suffixed(name, "_total"), .counter, help, labels) { .counter(MetricCounter()) }
        if case .counter(let counter) = series { return counter }
        return MetricCounter()
    }

    /// A counter of fractional amounts; `_total` is appended to the name if missing.
    public func sum(_ name: String, help: String, labels: [(String, String)] = []) -> MetricSum {
        let series = find(MetricName.suffixed(name, "_total"), .counter, help, labels) { .sum(MetricSum()) }
        if case .sum(let sum) = series { return sum }
        return MetricSum()
    }

    /// A gauge.
    public func gauge(_ name: String, help: String, labels: [(String, String)] = []) -> MetricGauge {
        if case .gauge(let gauge) = find(name, .gauge, help, labels, make: { .gauge(MetricGauge()) }) { return gauge }
        return MetricGauge()
    }

    /// A gauge whose value is asked for at each scrape; it must answer fast and not block. Nil leaves the series out.
    public func gauge(
        _ name: String,
        help: String,
        labels: [(String, String)] = [],
        value: @escaping @Sendable () -> Double?
    ) {
        _ = find(name, .gauge, help, labels) { .callback(value) }
    }

    /// A counter whose value is asked for at each scrape; it must answer fast, not block, and never fall.
    public func counter(
        _ name: String,
        help: String,
        labels: [(String, String)] = [],
        value: @escaping @Sendable () -> Double?
    ) {
        _ = find(MetricName.suffixed(name, "_total"), .counter, help, labels) { .callback(value) }
    }

    /// A histogram; bounds are those given, else those configured for the name, else ``HistogramBuckets/latency``.
    public func histogram(
        _ name: String,
        help: String,
        labels: [(String, String)] = [],
        buckets given: [Double]? = nil
    ) -> MetricHistogram {
        let bounds = HistogramBuckets.cleaned(given ?? buckets[name] ?? HistogramBuckets.latency)
        let series = find(name, .histogram, help, labels) { .histogram(MetricHistogram(bounds: bounds)) }
        if case .histogram(let histogram) = series { return histogram }
        return MetricHistogram(bounds: bounds)
    }

    /// Adds a function that writes samples at each scrape, for values whose labels come and go; it must be fast and not
    /// block.
    ///
    /// - Parameter isConfidential: Whether what it writes is left out of the pages of strangers.
    public func collect(isConfidential: Bool = false, _ body: @escaping @Sendable (inout MetricSamples) -> Void) {
        state.withLock { $0.collectors.append(Collector(isConfidential: isConfidential, body: body)) }
    }

    /// Forgets one series, such as that of a queue that was deleted.
    public func remove(_ name: String, labels: [(String, String)] = []) {
        let name = MetricName.metric(name)
        let rendered = MetricName.labels(labels)
        state.withLock { state in
            guard state.families[name]?.series.removeValue(forKey: rendered) != nil else { return }
            state.families[name]?.order.removeAll { $0 == rendered }
        }
    }

    /// The bounds configured for a name.
    func configuredBuckets(_ name: String) -> [Double]? { buckets[name] }

    private func find(
        _ name: String,
        _ kind: MetricKind,
        _ help: String,
        _ labels: [(String, String)],
        make: () -> MetricFamily.Series
    ) -> MetricFamily.Series? {
        let name = MetricName.metric(name)
        let rendered = MetricName.labels(labels)
        let found: MetricFamily.Series? = state.withLock { state in
            if let family = state.families[name] {
                guard family.kind == kind else { return nil }
                if let series = family.series[rendered] { return series }
                guard family.series.count < maximumSeries else { return nil }
            } else {
                state.families[name] = MetricFamily(name: name, kind: kind, help: help)
                state.order.append(name)
            }
            let series = make()
            state.families[name]?.series[rendered] = series
            state.families[name]?.order.append(rendered)
            return series
        }
        if found == nil, name != Self.droppedName {
            counter(
                Self.droppedName,
                help: "Series that were refused, because the metric had too many or was of another type.",
                labels: [("metric", name)]
            ).add()
        }
        return found
    }
}
