// SPDX-License-Identifier: Apache-2.0
// Martlet: the registry as the back end of swift-metrics, for libraries that only know that API.
public import CoreMetrics

extension MetricsRegistry: MetricsFactory {
    private func help(_ label: String) -> String { "Recorded by a library as \(label)." }

    /// A counter named like the label, with `_total`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        LibraryCounter(counter(label, help: help(label), labels: dimensions))
    }

    /// A counter of fractions named like the label, with `_total`.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        LibrarySum(sum(label, help: help(label), labels: dimensions))
    }

    /// A gauge named like the label.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        LibraryGauge(gauge(label, help: help(label), labels: dimensions))
    }

    /// A gauge, or with `aggregate` a histogram, named like the label; its buckets are ``HistogramBuckets/counts``
    /// unless configured.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return LibraryGauge(gauge(label, help: help(label), labels: dimensions)) }
        let bounds = configuredBuckets(MetricName.metric(label)) ?? HistogramBuckets.counts
        return LibraryHistogram(histogram(label, help: help(label), labels: dimensions, buckets: bounds))
    }

    /// A histogram in seconds named like the label, with `_seconds`.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = MetricName.suffixed(MetricName.metric(label), "_seconds")
        return LibraryHistogram(histogram(name, help: help(label), labels: dimensions))
    }

    // A destroyed handler's series stays: counters that vanish and return at zero would spoil rates, and the number of
    // series is bounded.

    /// Does nothing; the series stays.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing; the series stays.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Does nothing; the series stays.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing; the series stays.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing; the series stays.
    public func destroyTimer(_ handler: any TimerHandler) {}
}

private final class LibraryCounter: CounterHandler {
    private let counter: MetricCounter
    init(_ counter: MetricCounter) { self.counter = counter }
    func increment(by amount: Int64) { counter.add(Int(amount)) }
    func reset() { counter.reset() }
}

private final class LibrarySum: FloatingPointCounterHandler {
    private let sum: MetricSum
    init(_ sum: MetricSum) { self.sum = sum }
    func increment(by amount: Double) { sum.add(amount) }
    func reset() { sum.reset() }
}

private final class LibraryGauge: MeterHandler, RecorderHandler {
    private let gauge: MetricGauge
    init(_ gauge: MetricGauge) { self.gauge = gauge }
    func set(_ value: Int64) { gauge.set(Double(value)) }
    func set(_ value: Double) { gauge.set(value) }
    func increment(by amount: Double) { gauge.add(amount) }
    func decrement(by amount: Double) { gauge.add(-amount) }
    func record(_ value: Int64) { gauge.set(Double(value)) }
    func record(_ value: Double) { gauge.set(value) }
}

private final class LibraryHistogram: RecorderHandler, TimerHandler {
    private let histogram: MetricHistogram
    init(_ histogram: MetricHistogram) { self.histogram = histogram }
    func record(_ value: Int64) { histogram.observe(Double(value)) }
    func record(_ value: Double) { histogram.observe(value) }
    func recordNanoseconds(_ duration: Int64) { histogram.observe(Double(duration) * 1e-9) }
}
