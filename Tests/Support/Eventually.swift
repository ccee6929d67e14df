// SPDX-License-Identifier: Apache-2.0
// Martlet: waiting for something to become true.

/// Longer than a busy machine stands still: the limit of what must happen some time.
public let patience: Duration = .seconds(60)

/// Asks again until something holds; a machine that stands still for a while is not yet a failure.
///
/// - Parameter limit: ``patience`` by default; beyond it the wait fails with its name. Also then the condition is asked once more.
public func eventually(
    _ what: String = "what was waited for",
    within limit: Duration = patience,
    isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let start = ContinuousClock.now
    while true {
        let isLast = ContinuousClock.now - start > limit
        if try await condition() { return }
        guard !isLast else { throw ClusterFailure("not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}
