// SPDX-License-Identifier: Apache-2.0
// Martlet: short calls that block, away from the pool of tasks.
internal import NIOPosix

/// Runs a body that blocks on a thread made for that.
func offPool<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    // Only a pool that was shut down refuses, and this one never is.
    guard let value = try? await NIOThreadPool.singleton.runIfActive(body) else { return body() }
    return value
}

/// Runs a body that blocks and may fail on a thread made for that.
func offPool<Value: Sendable>(
    _ body: @escaping @Sendable () throws(RecoveryError) -> Value
) async throws(RecoveryError) -> Value {
    let result: Result<Value, RecoveryError> = await offPool {
        do throws(RecoveryError) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
}
