// SPDX-License-Identifier: Apache-2.0
// Martlet: why a probe got no answer to judge.
internal import Platform

/// The end of a probe that has no facts.
struct ProbeFailure: Error, Equatable {
    /// Where it comes from.
    enum Origin {
        /// What was looked at, or the way to it.
        case target
        /// Names can't be looked up, so nothing is said of what was to be looked at.
        case resolver
        /// The addresses may not be connected to.
        case policy
    }

    /// What the result says; `.down` unless the probe could not even be made.
    var status: ProbeResult.Status
    /// One line for people, without secrets.
    var reason: String
    /// Known when the certificate itself is what is wrong.
    var certificateExpiry: Timestamp?
    /// Whom it speaks of.
    var origin: Origin

    init(
        _ reason: String,
        status: ProbeResult.Status = .down,
        certificateExpiry: Timestamp? = nil,
        origin: Origin = .target
    ) {
        self.status = status
        self.reason = reason
        self.certificateExpiry = certificateExpiry
        self.origin = origin
    }

    /// Nobody waits for the result any more.
    static let cancelled = ProbeFailure("the probe was cancelled", status: .unknown)

    static func timedOut(after timeout: Duration, _ phase: ProbePhase) -> ProbeFailure {
        var failure = ProbeFailure("timed out after \(timeout.words) \(phase)")
        if case .resolving = phase { failure.origin = .resolver }
        return failure
    }

    func result(latency: Duration) -> ProbeResult {
        ProbeResult(status: status, reason: reason, latency: latency, certificateExpiry: certificateExpiry)
    }
}
