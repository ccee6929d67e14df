// SPDX-License-Identifier: Apache-2.0
// Martlet: a clock that only tests move, and a generator whose seed tests print.
import Synchronization

/// A clock for closures of the form `now: () -> Instant`.
final class FakeClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}
