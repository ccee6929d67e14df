// SPDX-License-Identifier: Apache-2.0
// Martlet: what is done to a job queue at half-time.

/// A fault.
enum PeerFault: String, Codable, CaseIterable, Sendable {
    /// The worker process is killed (SIGKILL) and started again.
    case workerKilled
    /// Redis is flushed.
    case redisFlushed

    var title: String {
        switch self {
        case .workerKilled: "worker killed (-9) and started again"
        case .redisFlushed: "Redis FLUSHALL"
        }
    }
}
