// SPDX-License-Identifier: Apache-2.0
// Martlet: a clock that a test moves.
import Synchronization

@testable import ObjectStore

/// Time that stands still; waits last until they are cancelled, or no time at all.
final class StepClock: Sendable {
    private struct State {
        var now = ContinuousClock.now
        var waitsEnd = false
    }

    private let state = Mutex(State())

    /// For a mirror.
    var clock: MirrorClock {
        MirrorClock(
            now: { [self] in state.withLock(\.now) },
            sleep: { [self] _ in
                guard !state.withLock(\.waitsEnd) else { return }
                try await Task.sleep(for: .seconds(600))
            }
        )
    }

    /// Lets time pass.
    func pass(_ duration: Duration) { state.withLock { $0.now += duration } }

    /// From now on nobody has any patience.
    func endWaits() { state.withLock { $0.waitsEnd = true } }
}
