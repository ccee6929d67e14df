// SPDX-License-Identifier: Apache-2.0
// Martlet: counts calls from any thread.

import Synchronization

final class Counter: Sendable {
    private let value = Mutex(0)

    /// The number of calls before this one.
    func next() -> Int {
        value.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}
