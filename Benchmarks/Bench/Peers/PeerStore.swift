// SPDX-License-Identifier: Apache-2.0
// Martlet: what the comparison asks of a job queue's store.

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
