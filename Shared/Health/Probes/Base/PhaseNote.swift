// SPDX-License-Identifier: Apache-2.0
// Martlet: how far a call has come that is not a run over channels.
internal import Synchronization

/// A phase that the call notes and its deadline reads.
final class PhaseNote: Sendable {
    private let state: Mutex<ProbePhase>

    init(_ phase: ProbePhase) { state = Mutex(phase) }

    var phase: ProbePhase {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
