// SPDX-License-Identifier: Apache-2.0
// Martlet: what became of spans and of their export.

/// The metrics of tracing.
enum TraceMetrics {
    enum SpanOutcome: String {
        case exported
        case dropped
        case unsampled
    }

    enum ExportOutcome: String {
        case ok
        case retried
        case failed
    }

    static func spans(_ registry: MetricsRegistry, _ outcome: SpanOutcome) -> MetricCounter {
        registry.counter(
            "martlet_trace_spans_total",
            help: "Spans by what became of them.",
            labels: [("outcome", outcome.rawValue)]
        )
    }

    static func exports(_ registry: MetricsRegistry, _ outcome: ExportOutcome) -> MetricCounter {
        registry.counter(
            "martlet_trace_exports_total",
            help: "Attempts to send spans to the collector.",
            labels: [("outcome", outcome.rawValue)]
        )
    }

    /// From the attempt to its answer, or to the time-out.
    static func exportTime(_ registry: MetricsRegistry) -> MetricHistogram {
        registry.histogram("martlet_trace_export_seconds", help: "How long attempts to send spans took.")
    }

    static func showWaiting(_ registry: MetricsRegistry, count: @escaping @Sendable () -> Int?) {
        registry.gauge("martlet_trace_spans_waiting", help: "Spans that wait to be sent.") { count().map(Double.init) }
    }

    static func showHeld(_ registry: MetricsRegistry, count: @escaping @Sendable () -> Int?) {
        registry.gauge(
            "martlet_trace_spans_held",
            help: "Spans held in memory until it is known whether their trace is kept."
        ) { count().map(Double.init) }
    }
}
