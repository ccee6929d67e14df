// SPDX-License-Identifier: Apache-2.0
// Martlet: what the comparison asks of a job queue.

/// How jobs are to be run.
struct PeerWork: Sendable {
    /// Jobs at once in each process.
    var concurrency: Int
    /// Where each run is recorded; nil for jobs that do nothing.
    var record: String?
    /// How long a recorded job takes.
    var seconds = 0.0
}

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

/// A job queue's store and the programs that use it.
protocol PeerStore: Sendable {
    /// Hands over jobs numbered from 0.
    ///
    /// - Parameter isRecorded: Whether they are for workers that record runs, which need not be told by their jobs.
    /// - Returns: Jobs a second, acknowledged.
    func enqueue(_ jobs: Int, isRecorded: Bool) async throws -> Double
    /// Starts one process of workers and waits until it says that it works.
    func startWorker(_ work: PeerWork) async throws -> ChildProcess
    /// How many of `jobs` jobs are finished, by the store.
    func finished(of jobs: Int) async throws -> Int
}
