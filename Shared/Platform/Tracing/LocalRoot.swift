// SPDX-License-Identifier: Apache-2.0
// Martlet: the part of a trace that is in this process, until it is known whether it is kept.
internal import Synchronization

/// Gathers the spans under one that has no parent in this process; when that one ends they are kept or forgotten together.
final class LocalRoot: Sendable {
    private enum Verdict {
        case kept
        case forgotten
    }

    private struct State {
        var spans: [TraceSpan] = []
        var verdict: Verdict?
        var hasError = false
    }

    private let recorder: TraceRecorder
    private let isSampled: Bool
    private let started = Atomic(1)
    private let state = Mutex(State())

    init(_ recorder: TraceRecorder, isSampled: Bool) {
        self.recorder = recorder
        self.isSampled = isSampled
    }

    /// All its spans are gone, so no verdict will come.
    deinit {
        let (count, isOpen) = state.withLock { ($0.spans.count, $0.verdict == nil) }
        guard isOpen else { return }
        recorder.release(spans: count, roots: 1)
        recorder.dropped.add(count)
    }

    /// Makes room for one more span.
    func admit() -> Bool {
        guard started.wrappingAdd(1, ordering: .relaxed).newValue <= recorder.limits.spansPerRoot else { return false }
        return recorder.reserve()
    }

    func noteError() { state.withLock { $0.hasError = true } }

    /// Whether it is kept if its own span ends now after `duration` nanoseconds.
    func keeps(duration: UInt64) -> Bool { keeps(duration, hasError: state.withLock { $0.hasError }) }

    private func keeps(_ duration: UInt64, hasError: Bool) -> Bool {
        isSampled || hasError || duration >= recorder.slow
    }

    /// A span that was never ended.
    func abandon() {
        recorder.release(spans: 1, roots: 0)
        recorder.dropped.add()
    }

    func finish(_ span: TraceSpan, isRoot: Bool, duration: UInt64) {
        let (verdict, spans): (Verdict?, [TraceSpan]) = state.withLock { state in
            if let verdict = state.verdict { return (verdict, [span]) }
            state.spans.append(span)
            guard isRoot else { return (nil, []) }
            let isKept = keeps(duration, hasError: state.hasError)
            let spans = state.spans
            state.verdict = isKept ? .kept : .forgotten
            state.spans = []
            return (state.verdict, spans)
        }
        guard let verdict else { return }
        recorder.release(spans: spans.count, roots: isRoot ? 1 : 0)
        switch verdict {
        case .kept: recorder.sink?.receive(spans)
        case .forgotten: recorder.unsampled.add(spans.count)
        }
    }
}
