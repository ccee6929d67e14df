// SPDX-License-Identifier: Apache-2.0
// Martlet: a probe that finds what a test says, and remembers when it was asked.

import Synchronization

@testable import Health

final class ScriptedProbe: Probe {
    private struct State {
        var answers: [ProbeResult.Status]
        var starts: [ContinuousClock.Instant] = []
        var running = 0
        var most = 0
        var parts: [ProbeResult.Part] = []
    }

    private let duration: Duration
    private let state: Mutex<State>

    /// Gives the answers one after the other, and the last one for ever.
    init(_ answers: ProbeResult.Status..., takes duration: Duration = .zero) {
        self.duration = duration
        state = Mutex(State(answers: answers))
    }

    /// What it finds from now on.
    func say(_ status: ProbeResult.Status) { state.withLock { $0.answers = [status] } }

    /// The parts that it shows from now on.
    func show(_ parts: [ProbeResult.Part]) { state.withLock { $0.parts = parts } }

    /// When it was asked.
    var starts: [ContinuousClock.Instant] { state.withLock { $0.starts } }
    /// How often.
    var runs: Int { starts.count }
    /// How often at the same time.
    var mostAtOnce: Int { state.withLock { $0.most } }

    func run(timeout: Duration) async -> ProbeResult {
        let status = state.withLock { state in
            state.starts.append(.now)
            state.running += 1
            state.most = max(state.most, state.running)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        if duration > .zero { try? await Task.sleep(for: duration) }
        let parts = state.withLock { state in
            state.running -= 1
            return state.parts
        }
        return ProbeResult(
            status: status,
            reason: status == .up ? nil : "as the test says",
            latency: .milliseconds(5),
            parts: parts
        )
    }
}
