// SPDX-License-Identifier: Apache-2.0
// Martlet: checked continuations that begin in `continuation.c`, not inside the runtime's own library, where nothing can be preloaded.

/// Stands in for `withCheckedContinuation`.
@_silgen_name("$ss23withCheckedContinuation9isolation8function_xScA_pSgYi_SSyScCyxs5NeverOGXEtYalF")
public func checkedContinuation<Value>(
    isolation: isolated (any Actor)?,
    function: String,
    _ body: (CheckedContinuation<Value, Never>) -> Void
) async -> sending Value {
    await withUnsafeContinuation(isolation: isolation) {
        body(CheckedContinuation(continuation: $0, function: function))
    }
}

/// Stands in for `withCheckedThrowingContinuation`.
@_silgen_name("$ss31withCheckedThrowingContinuation9isolation8function_xScA_pSgYi_SSyScCyxs5Error_pGXEtYaKlF")
public func checkedThrowingContinuation<Value>(
    isolation: isolated (any Actor)?,
    function: String,
    _ body: (CheckedContinuation<Value, any Error>) -> Void
) async throws -> sending Value {
    try await withUnsafeThrowingContinuation(isolation: isolation) {
        body(CheckedContinuation(continuation: $0, function: function))
    }
}
