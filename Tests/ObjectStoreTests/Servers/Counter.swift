// SPDX-License-Identifier: Apache-2.0
// Martlet: counts calls.
import Synchronization

/// A counter that stubs share.
final class Counter: Sendable {
    private let count = Mutex(0)

    /// 1, 2, 3…
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }

    var value: Int { count.withLock { $0 } }
}
