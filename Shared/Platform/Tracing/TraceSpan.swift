// SPDX-License-Identifier: Apache-2.0
// Martlet: a piece of work that is timed, and what is noted about it.
internal import Synchronization
public import Tracing

/// A span; safe from any thread. What comes after its end is ignored.
///
/// ```swift
/// let span = recorder.start("deliver", kind: .client, parent: job.trace)
/// span.set("http.request.method", "POST")
/// defer { span.end() }
/// ```
/// A span keeps at most 32 attributes, 16 events and 8 links; values are cut at 1 KiB. One that is never ended is dropped
/// and counted when it goes out of use.
public final class TraceSpan: Sendable {
    /// Its place in the trace, for headers, jobs and log lines.
    public let traceContext: TraceContext
    /// What it does.
    public let kind: SpanKind
    /// The span that it is part of; 0 if there is none.
    let parent: UInt64
    /// Whether the parent is in another process; nil if there is none.
    let isParentRemote: Bool?
    /// Nanoseconds since 1970.
    let start: UInt64
    let base: ServiceContext?
    let recorder: TraceRecorder
    private let isRoot: Bool
    private let state: Mutex<State>

    private struct State {
        var record: SpanRecord
        /// Nil when the span isn't recorded, or has ended: what a root keeps must not keep the root.
        var root: LocalRoot?
    }

    init(
        _ name: String,
        _ kind: SpanKind,
        context: TraceContext,
        parent: (id: UInt64, isRemote: Bool)?,
        start: UInt64,
        base: ServiceContext?,
        recorder: TraceRecorder,
        root: LocalRoot?,
        isRoot: Bool
    ) {
        traceContext = context
        self.kind = kind
        self.parent = parent?.id ?? 0
        isParentRemote = parent?.isRemote
        self.start = start
        self.base = base
        self.recorder = recorder
        self.isRoot = isRoot
        let name = root == nil ? "" : SpanAttributeList.cut(name, TraceLimits.nameLength)
        state = Mutex(State(record: SpanRecord(name: name), root: root))
    }

    deinit { state.withLock { $0.root }?.abandon() }

    /// Whether anybody may see what is noted here; false after the end.
    public var isRecording: Bool { state.withLock { $0.root != nil } }

    /// Starts a span that is part of this one.
    ///
    /// After this span's end it stands for itself: it is not kept for the sake of the others.
    public func startChild(_ name: String, kind: SpanKind = .internal) -> TraceSpan {
        recorder.startChild(name, kind, of: self, base: base, at: recorder.now())
    }

    /// Notes one attribute; a value of the same key is replaced.
    public func set(_ key: String, _ value: SpanAttribute) { change { $0.attributes.set(key, value) } }

    /// Notes that the work failed: the trace is then kept, whatever the sampling says.
    ///
    /// `message` must hold no secrets.
    public func fail(_ message: String? = nil) { setStatus(SpanStatus(code: .error, message: message)) }

    /// Ends the span now.
    public func end() { finish(recorder.now()) }

    /// Ends the span now, and notes the last of it before: `describe` is called unless the span is sure to be forgotten.
    ///
    /// Most traces are: what costs texts and memory belongs here.
    public func end(_ describe: (TraceSpan) -> Void) {
        let time = recorder.now()
        if let root, !isRoot || root.keeps(duration: max(time, start) - start) { describe(self) }
        finish(time)
    }

    func finish(_ time: UInt64) {
        let root: LocalRoot? = state.withLock { state in
            guard let root = state.root else { return nil }
            // A wall clock may go back.
            state.record.end = max(time, start)
            state.root = nil
            return root
        }
        root?.finish(self, isRoot: isRoot, duration: max(time, start) - start)
    }

    func change(_ body: (inout SpanRecord) -> Void) {
        state.withLock { state in
            if state.root != nil { body(&state.record) }
        }
    }

    func noteError() { state.withLock { $0.root }?.noteError() }

    /// The root that this span belongs to, until it ends.
    var root: LocalRoot? { state.withLock { $0.root } }

    var record: SpanRecord { state.withLock { $0.record } }
}
