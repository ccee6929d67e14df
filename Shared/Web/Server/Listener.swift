// SPDX-License-Identifier: Apache-2.0
// Martlet: the listening socket of a server: tells those who wait when it listens, and where.

internal import NIOCore
internal import Synchronization

/// The listening socket of a server, to be awaited.
final class Listener: Sendable {
    private enum State {
        case starting([CheckedContinuation<Int?, Never>])
        case listening(port: Int, any Channel)
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
                case .listening(let port, _): return .some(port)
                case .ended: return .some(nil)
                }
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Lets no new connection in; those that have begun are still accepted.
    func refuseConnections() async throws {
        let channel: (any Channel)? = state.withLock { state in
            if case .listening(_, let channel) = state { return channel }
            return nil
        }
        if let channel { try await ListenerFilter.attach(to: channel) }
    }

    func begin(port: Int, _ channel: any Channel) { move(to: .listening(port: port, channel), answer: port) }

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
