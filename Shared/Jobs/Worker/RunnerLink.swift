// SPDX-License-Identifier: Apache-2.0
// Ties a runner and its batcher, which need each other.

internal import Synchronization

/// Holds a runner that is made after the one who calls it.
final class RunnerLink: Sendable {
    private let box = Mutex<JobRunner?>(nil)

    var runner: JobRunner? { box.withLock { $0 } }

    func connect(_ runner: JobRunner) {
        box.withLock { $0 = runner }
    }
}
