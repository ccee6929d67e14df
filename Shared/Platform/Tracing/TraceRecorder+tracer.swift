// SPDX-License-Identifier: Apache-2.0
// Martlet: the tracer as swift-distributed-tracing wants it, and contexts in headers.
public import Tracing

extension TraceRecorder: Tracing.Tracer {
    /// Starts a span under the one of the context, if there is one in this process, else a local root.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> TraceSpan {
        let base = context()
        let place = base.tracePlace
        let start = instant().nanosecondsSinceEpoch
        guard let parent = place?.span, parent.recorder === self else {
            return startRoot(operationName, kind, parent: place?.context, isRemote: true, base: base, at: start)
        }
        return startChild(operationName, kind, of: parent, base: base, at: start)
    }

    /// The span of a context.
    public func activeSpan(identifiedBy context: ServiceContext) -> TraceSpan? { context.tracePlace?.span }

    /// Does nothing: what has ended is exported within seconds, and at shutdown.
    public func forceFlush() {}

    /// Reads `traceparent` and `tracestate`.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let header = extractor.extract(key: "traceparent", from: carrier),
            let trace = TraceContext(
                traceparent: header,
                tracestate: extractor.extract(key: "tracestate", from: carrier)
            )
        else { return }
        context.traceContext = trace
    }

    /// Writes `traceparent` and `tracestate`.
    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.traceContext else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
        if let state = trace.tracestate { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }
}
