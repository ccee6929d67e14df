// SPDX-License-Identifier: Apache-2.0
// Martlet: starts spans, and decides which traces are kept.
internal import Synchronization
public import Tracing

/// The tracer of a process.
///
/// ```swift
/// let exporter = SpanExporter(settings, transport: transport, registry: registry, logger: logger)
/// let recorder = TraceRecorder(settings, sink: exporter, registry: registry)
/// InstrumentationSystem.bootstrap(recorder)
/// ```
/// A trace that comes from elsewhere is recorded when its caller records it, one that begins here by a share of all
/// (`MARTLET_TRACE_SAMPLE`). What happens in this process is kept besides when a span of it failed, or when its local root
/// took long (`MARTLET_TRACE_SLOW`); others, who know nothing of that, are told what was decided at the start. Without a
/// sink nothing is recorded, and contexts are passed on.
public final class TraceRecorder: Sendable {
    let limits: TraceLimits
    let sink: (any SpanSink)?
    /// Nanoseconds.
    let slow: UInt64
    let now: @Sendable () -> UInt64
    let dropped: MetricCounter
    let unsampled: MetricCounter
    private let sampler: TraceSampler
    private let openRoots = Atomic(0)
    private let bufferedSpans = Atomic(0)

    /// Makes a tracer; `now` gives nanoseconds since 1970.
    public init(
        _ settings: TraceSettings,
        sink: (any SpanSink)?,
        registry: MetricsRegistry,
        limits: TraceLimits = TraceLimits(),
        now: @escaping @Sendable () -> UInt64 = { DefaultTracerClock.now.nanosecondsSinceEpoch }
    ) {
        self.limits = limits
        self.sink = sink
        self.now = now
        slow = UInt64(max(0, settings.slow / .nanoseconds(1)))
        sampler = TraceSampler(ratio: settings.sampleRatio)
        dropped = TraceMetrics.spans(registry, .dropped)
        unsampled = TraceMetrics.spans(registry, .unsampled)
        TraceMetrics.showHeld(registry) { [weak self] in self?.held.spans }
    }

    /// Spans that are held in memory until their local root ends, and local roots that have not.
    public var held: (spans: Int, roots: Int) {
        (bufferedSpans.load(ordering: .relaxed), openRoots.load(ordering: .relaxed))
    }

    /// Starts a local root: work that a caller in another process asked for, or nobody.
    public func start(_ name: String, kind: SpanKind = .internal, parent: TraceContext? = nil) -> TraceSpan {
        startRoot(name, kind, parent: parent, isRemote: true, base: nil, at: now())
    }

    /// Starts a local root that a caller asked for, or that begins a trace which is kept; nil for all others, which
    /// ``startLate()`` is for.
    public func startIfWanted(_ name: String, kind: SpanKind = .internal, parent: TraceContext?) -> TraceSpan? {
        let context = parent.map { $0.child(TraceIDs.next()) } ?? newTrace()
        guard parent != nil || context.isSampled else { return nil }
        return startRoot(name, kind, context, parent: parent, isRemote: true, base: nil, at: now())
    }

    /// Starts work that is recorded only if it fails or takes long.
    public func startLate() -> LateSpan { LateSpan(self) }

    func startRoot(
        _ name: String,
        _ kind: SpanKind,
        parent: TraceContext?,
        isRemote: Bool,
        base: ServiceContext?,
        at start: UInt64
    ) -> TraceSpan {
        let context = parent.map { $0.child(TraceIDs.next()) } ?? newTrace()
        return startRoot(name, kind, context, parent: parent, isRemote: isRemote, base: base, at: start)
    }

    private func newTrace() -> TraceContext {
        let (high, low) = TraceIDs.trace()
        let isSampled = sink != nil && sampler.samples(low: low)
        return TraceContext(high: high, low: low, span: TraceIDs.next(), isSampled: isSampled)
    }

    private func startRoot(
        _ name: String,
        _ kind: SpanKind,
        _ context: TraceContext,
        parent: TraceContext?,
        isRemote: Bool,
        base: ServiceContext?,
        at start: UInt64
    ) -> TraceSpan {
        var root: LocalRoot?
        if sink != nil {
            if reserveRoot() { root = LocalRoot(self, isSampled: context.isSampled) } else { dropped.add() }
        }
        return TraceSpan(
            name,
            kind,
            context: context,
            parent: parent.map { ($0.span, isRemote) },
            start: start,
            base: base,
            recorder: self,
            root: root,
            isRoot: true
        )
    }

    func startChild(_ name: String, _ kind: SpanKind, of parent: TraceSpan, base: ServiceContext?, at start: UInt64)
        -> TraceSpan
    {
        guard let root = parent.root else {
            if parent.record.end > 0 {
                return startRoot(name, kind, parent: parent.traceContext, isRemote: false, base: base, at: start)
            }
            // Its parent isn't recorded, for want of room or of a sink, and neither is it.
            if sink != nil { dropped.add() }
            return under(parent, name, kind, base: base, at: start, root: nil)
        }
        let isAdmitted = root.admit()
        if !isAdmitted { dropped.add() }
        return under(parent, name, kind, base: base, at: start, root: isAdmitted ? root : nil)
    }

    private func under(
        _ parent: TraceSpan,
        _ name: String,
        _ kind: SpanKind,
        base: ServiceContext?,
        at start: UInt64,
        root: LocalRoot?
    ) -> TraceSpan {
        TraceSpan(
            name,
            kind,
            context: parent.traceContext.child(TraceIDs.next()),
            parent: (parent.traceContext.span, false),
            start: start,
            base: base,
            recorder: self,
            root: root,
            isRoot: false
        )
    }

    /// Makes room for one span.
    func reserve() -> Bool {
        guard bufferedSpans.wrappingAdd(1, ordering: .relaxed).newValue <= limits.bufferedSpans else {
            bufferedSpans.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    private func reserveRoot() -> Bool {
        if openRoots.wrappingAdd(1, ordering: .relaxed).newValue <= limits.openRoots, reserve() { return true }
        openRoots.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    func release(spans: Int, roots: Int) {
        bufferedSpans.wrappingSubtract(spans, ordering: .relaxed)
        if roots > 0 { openRoots.wrappingSubtract(roots, ordering: .relaxed) }
    }
}
