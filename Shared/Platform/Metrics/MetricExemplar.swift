// SPDX-License-Identifier: Apache-2.0
// Martlet: a trace that stands as an example for a bucket of a histogram.

/// A value that was observed within a trace that is recorded.
struct MetricExemplar: Sendable, Equatable {
    private let high: UInt64
    private let low: UInt64
    let value: Double
    let time: Timestamp

    /// Nil unless the trace is sampled: a link to one that nobody kept would lead nowhere. OpenMetrics allows finite values.
    init?(_ trace: TraceContext, value: Double, time: @autoclosure () -> Timestamp = .now()) {
        guard trace.isSampled, value.isFinite else { return nil }
        (high, low, self.value, self.time) = (trace.high, trace.low, value, time())
    }

    /// 32 lower-case hexadecimal digits.
    var traceID: String { TraceContext.text(high) + TraceContext.text(low) }
}
