// SPDX-License-Identifier: Apache-2.0
// Martlet: what the comparison asks of a job queue.

/// A job queue under comparison, on a store of its own that `with` made and empties afterwards.
protocol PeerQueue: Sendable {
    var name: String { get }
    /// What holds its jobs.
    var store: String { get }
    /// Whether a FLUSHALL concerns it at all.
    var usesRedis: Bool { get }
    /// The concurrency of a worker at which it was fastest in trials.
    var bestConcurrency: Int { get }

    /// The version that is measured.
    func version(_ lab: Lab) async throws -> String
    /// Makes a fresh store, runs `body`, and removes the store.
    func with<Value: Sendable>(_ lab: Lab, _ body: (any PeerStore) async throws -> Value) async throws -> Value
}
