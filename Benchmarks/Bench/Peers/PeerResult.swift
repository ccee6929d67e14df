// SPDX-License-Identifier: Apache-2.0
// Martlet: what the comparison found out about one job queue.

/// One job queue's figures and losses.
struct PeerResult: Codable, Sendable {
    /// What happened to acknowledged jobs in a round with a fault.
    struct FaultOutcome: Codable, Sendable {
        var fault: PeerFault
        /// Jobs that were acknowledged.
        var jobs: Int
        /// Of these, the ones whose handler never ran.
        var lost: Int
        /// Runs beyond the first of a job.
        var repeated: Int
        /// From the fault to the first run of the last job that ran, in seconds.
        var secondsToLastRun: Double
        /// How long nothing had happened when the round was given up, in seconds; nil when all jobs ran.
        var secondsOfSilence: Double?
    }

    var name: String
    var version: String
    var store: String
    /// Jobs a second, acknowledged, by its fastest bulk call from one process.
    var enqueued: [Double] = []
    /// Jobs a second by processes of workers: what is left in the store, or done by it.
    var drained: [Int: [Double]] = [:]
    var faults: [FaultOutcome] = []

    /// The number of worker processes with the better median, and that.
    var best: (processes: Int, rate: Double) {
        drained.map { ($0.key, $0.value.median) }.max { $0.1 < $1.1 } ?? (0, 0)
    }
}
