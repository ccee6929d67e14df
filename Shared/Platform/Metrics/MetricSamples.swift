// SPDX-License-Identifier: Apache-2.0
// Martlet: samples that a collector writes during one scrape.

/// Where a collector puts its values.
public struct MetricSamples {
    struct Sample {
        var labels: String
        var value: Double
    }

    struct Family {
        var kind: MetricKind
        var help: String
        var samples: [Sample] = []
        /// The labels that are taken.
        var labels: Set<String> = []

        /// A second sample with the same labels, or of another type, would make the whole page invalid.
        mutating func add(_ rendered: String, _ value: Double, _ kind: MetricKind, limit: Int) {
            guard kind == self.kind, samples.count < limit, labels.insert(rendered).inserted else { return }
            samples.append(Sample(labels: rendered, value: value))
        }
    }

    private(set) var families: [String: Family] = [:]
    private(set) var order: [String] = []
    private let maximumSeries = 1000

    init() {}

    /// Writes a gauge.
    public mutating func gauge(_ name: String, help: String, labels: [(String, String)] = [], _ value: Double) {
        add(name, .gauge, help, labels, value)
    }

    /// Writes a counter; `_total` is appended to the name if missing.
    public mutating func counter(_ name: String, help: String, labels: [(String, String)] = [], _ value: Double) {
        add(MetricName.suffixed(name, "_total"), .counter, help, labels, value)
    }

    private mutating func add(
        _ name: String,
        _ kind: MetricKind,
        _ help: String,
        _ labels: [(String, String)],
        _ value: Double
    ) {
        let name = MetricName.metric(name)
        let rendered = MetricName.labels(labels)
        if families[name] == nil { order.append(name) }
        families[name, default: Family(kind: kind, help: help)].add(rendered, value, kind, limit: maximumSeries)
    }
}
