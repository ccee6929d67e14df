// SPDX-License-Identifier: Apache-2.0
// Martlet: work that becomes a span only if it turns out to be worth one.
public import Tracing

/// Work whose trace would begin here and isn't sampled: nearly all work of a busy service, so it costs two looks at the
/// clock.
///
/// Nobody is told of its trace, and nothing within it is recorded; when it failed or took long, it is itself.
public struct LateSpan: Sendable {
    private let recorder: TraceRecorder
    private let start: UInt64

    init(_ recorder: TraceRecorder) {
        self.recorder = recorder
        start = recorder.now()
    }

    /// Ends the work now; `describe` is called with a span, under way since the work began, if that is to be kept.
    public func end(
        _ name: String,
        kind: SpanKind = .internal,
        hasFailed: Bool = false,
        _ describe: (TraceSpan) -> Void = { _ in }
    ) {
        guard recorder.sink != nil else { return }
        let end = recorder.now()
        guard hasFailed || max(end, start) - start >= recorder.slow else { return recorder.unsampled.add() }
        let span = recorder.startRoot(name, kind, parent: nil, isRemote: true, base: nil, at: start)
        if hasFailed { span.fail() }
        describe(span)
        span.finish(end)
    }
}
