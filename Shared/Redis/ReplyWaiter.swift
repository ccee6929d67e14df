// SPDX-License-Identifier: Apache-2.0
// Martlet: the caller that waits for the replies of one write.

internal import Synchronization

/// Joins one suspended caller with the replies of its commands; each side may come first.
final class ReplyWaiter: Sendable {
    typealias Outcome = Result<[RedisValue], RedisError>

    private enum State {
        case idle
        case waiting(UnsafeContinuation<Outcome, Never>)
        case settled(Outcome)
    }

    private let state = Mutex(State.idle)

    /// Waits for the outcome; a cancelled caller gets `.cancelled` while its command goes on without it.
    func wait() async -> Outcome {
        await withTaskCancellationHandler {
            // Resumed exactly once: `settle` takes the continuation out of the state before it resumes it.
            await withUnsafeContinuation { continuation in
                let settled: Outcome? = state.withLock { state in
                    switch state {
                    case .settled(let outcome): return outcome
                    case .idle, .waiting:
                        state = .waiting(continuation)
                        return nil
                    }
                }
                if let settled { continuation.resume(returning: settled) }
            }
        } onCancel: {
            settle(.failure(RedisError(.cancelled, "the caller was cancelled")))
        }
    }

    /// Gives the caller its outcome; the first one counts.
    func settle(_ outcome: Outcome) {
        let continuation: UnsafeContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .settled: return nil
            case .idle:
                state = .settled(outcome)
                return nil
            case .waiting(let continuation):
                state = .settled(outcome)
                return continuation
            }
        }
        continuation?.resume(returning: outcome)
    }
}
