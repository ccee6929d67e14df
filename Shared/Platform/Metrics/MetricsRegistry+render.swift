// SPDX-License-Identifier: Apache-2.0
// Martlet: one scrape of the registry.
internal import Synchronization

extension MetricsRegistry {
    /// The page of all metrics. Callbacks run outside the registry's lock, on the caller's thread.
    ///
    /// - Parameter isComplete: Whether confidential collectors are asked too.
    public func render(_ format: ExpositionFormat, isComplete: Bool = true) -> [UInt8] {
        let (families, collectors) = state.withLock { state in
            (state.order.compactMap { state.families[$0] }, state.collectors)
        }
        var samples = MetricSamples()
        for collector in collectors where isComplete || !collector.isConfidential { collector.body(&samples) }

        var page = MetricsPage(format)
        for family in families where !family.series.isEmpty {
            page.header(family.name, family.kind, help: family.help)
            for labels in family.order {
                switch family.series[labels] {
                case .counter(let counter): page.sample(family.name, labels, count: counter.value)
                case .sum(let sum): page.sample(family.name, labels, sum.value)
                case .gauge(let gauge): page.sample(family.name, labels, gauge.value)
                case .callback(let value): if let value = value() { page.sample(family.name, labels, value) }
                case .histogram(let histogram): page.histogram(family.name, labels, histogram)
                case nil: continue
                }
            }
        }
        // A name that is registered is not shown a second time by a collector: that would make the page invalid.
        let taken = Set(families.filter { !$0.series.isEmpty }.map(\.name))
        for name in samples.order where !taken.contains(name) {
            guard let family = samples.families[name] else { continue }
            page.header(name, family.kind, help: family.help)
            for sample in family.samples { page.sample(name, sample.labels, sample.value) }
        }
        page.end()
        return page.bytes
    }
}
