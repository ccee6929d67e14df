// SPDX-License-Identifier: Apache-2.0
// Martlet: tells those who wait when the server listens, and where.

internal import Synchronization

/// The port of a server, to be awaited.
final class Listener: Sendable {
    private enum State {
        case starting([CheckedContinuation<Int?, Never>])
        case listening(port: Int)
        case ended
    }

    private let state = Mutex(State.starting([]))

    /// Whether the server never came to listen.
    var isStarting: Bool {
        state.withLock { state in
            if case .starting = state { return true }
            return false
        }
    }

    /// The port, as soon as the server listens; nil when it ended.
    func port() async -> Int? {
        await withCheckedContinuation { continuation in
            let answer: Int?? = state.withLock { state in
                switch state {
                case .starting(let waiters):
                    state = .starting(waiters + [continuation])
                    return .none
                case .listening(let port): return .some(port)
                case .ended: return .some(nil)
                }
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    func begin(port: Int) { move(to: .listening(port: port), answer: port) }

    func end() { move(to: .ended, answer: nil) }

    private func move(to next: State, answer: Int?) {
        let waiters = state.withLock { state in
            defer { state = next }
            if case .starting(let waiters) = state { return waiters }
            return []
        }
        for waiter in waiters { waiter.resume(returning: answer) }
    }
}
