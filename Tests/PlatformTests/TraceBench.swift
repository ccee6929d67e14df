// SPDX-License-Identifier: Apache-2.0
// Martlet: a recorder of traces whose clock and collector are the test's.
import TestSupport
@testable import Platform

/// A recorder over a collector, with a clock that is turned by hand.
struct TraceBench {
    let collector = SpanCollector()
    let registry = MetricsRegistry()
    let clock = TurnedClock()
    let recorder: TraceRecorder

    init(ratio: Double, isOn: Bool = true, change: (inout TraceLimits) -> Void = { _ in }) {
        var settings = TraceSettings(service: "test", endpoint: "http://127.0.0.1/v1/traces")
        settings.sampleRatio = ratio
        var limits = TraceLimits()
        change(&limits)
        let clock = clock
        recorder = TraceRecorder(
            settings,
            sink: isOn ? collector : nil,
            registry: registry,
            limits: limits,
            now: { clock.now }
        )
    }

    func count(_ outcome: TraceMetrics.SpanOutcome) -> UInt64 { TraceMetrics.spans(registry, outcome).value }
}
