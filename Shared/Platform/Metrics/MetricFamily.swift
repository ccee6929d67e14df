// SPDX-License-Identifier: Apache-2.0
// Martlet: all series of one metric name.

/// One metric name with its series by rendered labels.
struct MetricFamily {
    /// What produces the value of a series.
    enum Series {
        case counter(MetricCounter)
        case sum(MetricSum)
        case gauge(MetricGauge)
        case callback(@Sendable () -> Double?)
        case histogram(MetricHistogram)
    }

    var name: String
    var kind: MetricKind
    var help: String
    var series: [String: Series] = [:]
    /// Rendered labels in the order in which they came, so that scrapes are stable.
    var order: [String] = []
}
