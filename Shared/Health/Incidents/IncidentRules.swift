// SPDX-License-Identifier: Apache-2.0
// Martlet: what the book of incidents must know of a check.

/// How incidents of one check are handled.
public struct IncidentRules: Sendable, Hashable {
    /// The check's name for people.
    public var name: String
    /// How urgent it is when the check is down; default critical.
    public var down: Severity = .critical
    /// How urgent when it is degraded; nil raises no incident. Default warning.
    public var degraded: Severity? = .warning
    /// How often the check is probed.
    public var interval: Duration
    /// How long a probe may take.
    public var timeout: Duration
    /// A trouble that comes back within this time is the same incident; default 10 minutes.
    public var reopenWindow: Duration = .seconds(600)

    /// The defaults for a check.
    public init(name: String, interval: Duration, timeout: Duration) {
        self.name = name
        self.interval = interval
        self.timeout = timeout
    }

    /// The urgency of a state; nil when it raises no incident.
    func severity(of state: CheckState) -> Severity? {
        switch state {
        case .down: down
        case .degraded: degraded
        case .up, .unknown, .maintenance: nil
        }
    }
}
