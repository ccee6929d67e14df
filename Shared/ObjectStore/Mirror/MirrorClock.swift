// SPDX-License-Identifier: Apache-2.0
// Martlet: time as several stores see it.

/// The clock of a mirror; replaced in tests.
struct MirrorClock: Sendable {
    /// The time.
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    /// Waits.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// A limit on one call.
    func limit(_ duration: Duration) -> Limit { Limit(duration: duration, sleep: sleep) }

    /// How long a call may take.
    struct Limit: Sendable {
        let duration: Duration
        let sleep: @Sendable (Duration) async throws -> Void

        /// Runs `body`, and cancels it when it takes too long: nil then, unless it succeeds in spite of that.
        func run<Value: Sendable>(
            _ body: @escaping @Sendable () async throws(ObjectStoreError) -> Value
        ) async -> Result<Value, ObjectStoreError>? {
            let (duration, sleep) = (duration, sleep)
            return await withTaskGroup(of: Result<Value, ObjectStoreError>?.self) { group in
                group.addTask {
                    do throws(ObjectStoreError) { return .success(try await body()) } catch { return .failure(error) }
                }
                group.addTask {
                    try? await sleep(duration)
                    return nil
                }
                let first = await group.next() ?? nil
                group.cancelAll()
                if let first { return first }
                // The clock was first, or the caller was cancelled.
                let last = await group.next() ?? nil
                if case .success = last { return last }
                return Task.isCancelled ? last : nil
            }
        }
    }
}
