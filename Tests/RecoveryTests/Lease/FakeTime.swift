// SPDX-License-Identifier: Apache-2.0
// Martlet: time that passes when a test says so.

import Platform
import Synchronization

@testable import Recovery

/// One clock for stores and holders; sleepers wake when they are told.
final class FakeTime: Sendable {
    private struct State {
        var elapsed: Duration = .zero
        var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())
    private let advances: Bool

    /// - Parameter advancing: Whether naps make the time pass by themselves.
    init(advancing: Bool = false) { advances = advancing }

    var now: Timestamp { Timestamp(seconds: 1_000_000) + state.withLock { $0.elapsed } }
    var isSleeping: Bool { state.withLock { !$0.sleepers.isEmpty } }

    func pass(_ duration: Duration) { state.withLock { $0.elapsed += duration } }

    /// Wakes all that sleep.
    func wake() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = [:] }
            return Array(state.sleepers.values)
        }
        for sleeper in sleepers { sleeper.resume() }
    }

    /// Lets others go first while some seconds pass.
    func nap(_ seconds: Int) async {
        for _ in 0..<seconds {
            await Task.yield()
            if advances { pass(.milliseconds(300)) }
        }
    }

    var clock: LeaseClock {
        LeaseClock(
            now: { self.state.withLock { $0.elapsed } },
            sleep: { _ in
                let number = self.state.withLock { state in
                    state.next += 1
                    return state.next
                }
                await withTaskCancellationHandler {
                    await withCheckedContinuation { continuation in
                        self.state.withLock { $0.sleepers[number] = continuation }
                        if Task.isCancelled { self.end(number) }
                    }
                } onCancel: {
                    self.end(number)
                }
                try Task.checkCancellation()
            }
        )
    }

    private func end(_ number: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: number) }?.resume()
    }
}
