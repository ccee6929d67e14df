// SPDX-License-Identifier: Apache-2.0
// Martlet: why a probe got no answer to judge.
internal import Platform

/// The end of a probe that has no facts.
struct ProbeFailure: Error, Equatable {
    /// What the result says; `.down` unless the probe could not even be made.
    var status: ProbeResult.Status
    /// One line for people, without secrets.
    var reason: String
    /// Known when the certificate itself is what is wrong.
    var certificateExpiry: Timestamp?

    init(_ reason: String, status: ProbeResult.Status = .down, certificateExpiry: Timestamp? = nil) {
        self.status = status
        self.reason = reason
        self.certificateExpiry = certificateExpiry
    }

    /// Nobody waits for the result any more.
    static let cancelled = ProbeFailure("the probe was cancelled", status: .unknown)

    static func timedOut(after timeout: Duration, _ phase: ProbePhase) -> ProbeFailure {
        ProbeFailure("timed out after \(timeout.words) \(phase)")
    }

    func result(latency: Duration) -> ProbeResult {
        ProbeResult(status: status, reason: reason, latency: latency, certificateExpiry: certificateExpiry)
    }
}
