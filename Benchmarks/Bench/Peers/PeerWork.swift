// SPDX-License-Identifier: Apache-2.0
// Martlet: how the jobs of a comparison are to be run.

/// How jobs are to be run.
struct PeerWork: Sendable {
    /// Jobs at once in each process.
    var concurrency: Int
    /// Where each run is recorded; nil for jobs that do nothing.
    var record: String?
    /// How long a recorded job takes.
    var seconds = 0.0

    /// As the programs read it.
    var environment: [String: String] {
        var variables = ["PEER_CONCURRENCY": String(concurrency), "PEER_JOB_SECONDS": String(seconds)]
        // A batch of pgqueuer's may be half of what may run at once.
        variables["PEER_BATCH"] = String(max(1, min(500, concurrency / 2)))
        if let record { variables["PEER_RECORD"] = record }
        return variables
    }
}
