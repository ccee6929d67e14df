// SPDX-License-Identifier: Apache-2.0
// Martlet: an operation with a deadline, with this module's error.
internal import Resilience

/// Runs an operation that is cancelled when the deadline passes; `what` begins the error's message.
func bounded<Value: Sendable>(
    _ deadline: Deadline,
    _ what: String,
    _ operation: @escaping @Sendable () async throws(RecoveryError) -> Value
) async throws(RecoveryError) -> Value {
    do {
        return try await withDeadline(deadline) { try await operation() }
    } catch let error as RecoveryError {
        throw error.code == .cancelled && deadline.isExpired() && !Task.isCancelled
            ? RecoveryError(.deadline, "\(what) did not end in time") : error
    } catch is ResilienceError {
        throw RecoveryError(.deadline, "\(what) did not end in time")
    } catch {
        throw RecoveryError(.internal, "\(what) failed", cause: error)
    }
}
