// SPDX-License-Identifier: Apache-2.0
// Martlet: what a receiver's answer means for a notification.
public import Platform

/// Whether a notification arrived, should be tried again, or never will arrive.
public enum DeliveryVerdict: Sendable, Equatable {
    /// The receiver took it.
    case delivered
    /// Worth another attempt, not before the pause if there is one (at most an hour); the reason is one line.
    case retry(after: Duration?, reason: String)
    /// Never worth another attempt; the reason is one line.
    case rejected(reason: String)

    /// Judges by the status as RFC 9110 means it: 2xx is delivered; 408, 425, 429, 5xx and redirects that may pass are tried again.
    public init(_ answer: ChannelAnswer, service: String, now: Timestamp) {
        let reason = "\(service) answered \(answer.status)\(answer.excerpt)"
        switch answer.status {
        case 200..<300: self = .delivered
        // A login page in front of a service that is being maintained looks like 302, and passes.
        case 302, 303, 307, 408, 425, 429, 500...599:
            self = .retry(after: answer.retryAfter.flatMap { RetryPause.read($0, now: now) }, reason: reason)
        default: self = .rejected(reason: reason)
        }
    }
}
