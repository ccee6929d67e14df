// SPDX-License-Identifier: Apache-2.0
// Martlet: one point of a check's history.

public import Platform

/// How fine a history is.
public enum HistoryStep: String, Sendable, CaseIterable {
    /// Every finding; kept 48 hours.
    case raw
    /// Minutes; kept 30 days.
    case minute = "1m"
    /// Hours; kept 400 days.
    case hour = "1h"
    /// Days (UTC); kept for ever.
    case day = "1d"

    /// The longest span that one request may cover.
    public var longestSpan: Duration {
        switch self {
        case .raw: .seconds(86_400 / 4)
        case .minute: .seconds(86_400 * 3)
        case .hour: .seconds(86_400 * 92)
        case .day: .seconds(86_400 * 3_660)
        }
    }
}

/// One point of a check's history: how many findings of each kind, and how long the probes took.
public struct HistoryPoint: Sendable, Equatable {
    /// The beginning of the point's span; the finding's own time for raw ones.
    public var at: Timestamp
    /// Findings of each kind.
    public var up, degraded, down, unknown: Int
    /// The mean over what answered; nil when nothing did.
    public var latency: Duration?
    /// The longest.
    public var longest: Duration?

    /// The worst that was found.
    public var state: CheckState {
        down > 0 ? .down : degraded > 0 ? .degraded : up > 0 ? .up : .unknown
    }
}
