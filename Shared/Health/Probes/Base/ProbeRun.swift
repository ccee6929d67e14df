// SPDX-License-Identifier: Apache-2.0
// Martlet: one look at a target over channels: an answer, a failure, the deadline or a cancellation, whichever is first.
internal import NIOCore
internal import Synchronization

/// The end of a look is decided once; all channels that were adopted are closed then.
final class ProbeRun<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, ProbeFailure>

    private struct State {
        var phase: ProbePhase
        var waiter: CheckedContinuation<Outcome, Never>?
        var outcome: Outcome?
        var deadline: Scheduled<Void>?
        var channels: [any Channel] = []
    }

    let loop: any EventLoop
    private let timeout: Duration
    private let shown: Duration
    private let state: Mutex<State>

    private init(_ loop: any EventLoop, _ timeout: Duration, _ shown: Duration, _ phase: ProbePhase) {
        self.loop = loop
        self.timeout = timeout
        self.shown = shown
        state = Mutex(State(phase: phase))
    }

    /// Calls `start` on the loop and waits for the end; `shown` is the time-out in the reason, if this is a part of more.
    static func perform(
        on loop: any EventLoop,
        timeout: Duration,
        shown: Duration? = nil,
        phase: ProbePhase,
        _ start: @escaping @Sendable (ProbeRun) -> Void
    ) async -> Outcome {
        let run = ProbeRun(loop, timeout, shown ?? timeout, phase)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let early = run.state.withLock { state -> Outcome? in
                    if let outcome = state.outcome { return outcome }
                    state.waiter = waiter
                    return nil
                }
                if let early { return waiter.resume(returning: early) }
                loop.execute { run.begin(start) }
            }
        } onCancel: {
            run.finish(.failure(.cancelled))
        }
    }

    private func begin(_ start: (ProbeRun) -> Void) {
        let deadline = loop.scheduleTask(in: TimeAmount(timeout)) { self.expire() }
        let isOver = state.withLock { state in
            if state.outcome == nil { state.deadline = deadline }
            return state.outcome != nil
        }
        guard !isOver else { return deadline.cancel() }
        start(self)
    }

    private func expire() {
        let phase = state.withLock { $0.phase }
        finish(.failure(.timedOut(after: shown, phase)))
    }

    /// Notes how far the look has come.
    func enter(_ phase: ProbePhase) { state.withLock { $0.phase = phase } }

    var phase: ProbePhase { state.withLock { $0.phase } }

    /// Has a channel closed at the end; false when that has come already.
    func adopt(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard state.outcome == nil else { return false }
            state.channels.append(channel)
            return true
        }
    }

    var isOver: Bool { state.withLock { $0.outcome != nil } }

    /// Ends the look; only the first call counts.
    func finish(_ outcome: Outcome) {
        let ended = state.withLock { state -> State? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer {
                state.waiter = nil
                state.deadline = nil
                state.channels = []
            }
            return state
        }
        guard let ended else { return }
        ended.deadline?.cancel()
        for channel in ended.channels { channel.close(promise: nil) }
        ended.waiter?.resume(returning: outcome)
    }

    func fail(_ reason: String) { finish(.failure(ProbeFailure(reason))) }
}
