// SPDX-License-Identifier: Apache-2.0
// Martlet: a service level objective as it was configured.

internal import Platform

/// A service level objective.
public struct ObjectiveDefinition: Sendable, Equatable {
    /// What is counted.
    public enum Indicator: Sendable, Equatable {
        /// Findings of some checks: the share at which they served.
        case availability(checks: [String])
        /// Findings of some checks: the share that served within a time.
        case latency(checks: [String], below: Duration)
        /// Two Prometheus expressions with `$window` in place of the range, such as `sum(increase(http_requests_total{code!~"5.."}[$window]))`.
        case prometheus(url: String, good: String, total: String)
    }

    /// Its identifier.
    public var id: String
    /// Its name for people.
    public var name: String
    /// The share that is promised, above 0 and below 1.
    public var objective: Double
    /// Over which time; 1 hour ... 400 days, default 30 days.
    public var window: Duration
    /// What is counted.
    public var indicator: Indicator
    /// Below this many events in the long window no burn rate alerts: a single failure of few is no trend. Default 100.
    public var minimumEvents: Int
}
