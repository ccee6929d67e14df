// SPDX-License-Identifier: Apache-2.0
// Martlet: a check as it was configured.

/// A check: what is looked at, how often, and what follows from it.
public struct CheckDefinition: Sendable {
    /// Its identifier: 1...63 letters, digits, `-`, `_` and `.`.
    public var id: String
    /// Its name for people; by default the identifier.
    public var name: String
    /// A sentence for the status page.
    public var description: String?
    /// The group that it belongs to.
    public var group: String?
    /// The kind of its probe, such as `http`.
    public var kind: String
    /// What is looked at, for people; never with a secret.
    public var target: String
    /// How often; 1 s ... 1 day, default 10 s.
    public var interval: Duration
    /// How long a look may take; less than the interval, default a quarter of it, at most 10 s.
    public var timeout: Duration
    /// When it opens, closes and flaps.
    public var thresholds: CheckThresholds
    /// How many locations must agree.
    public var quorum: Quorum
    /// How its incidents are handled.
    public var rules: IncidentRules
    /// The checks that it rests on.
    public var dependsOn: [String]
    /// Labels for routes.
    public var labels: [String: String]
    /// Where people read what to do.
    public var runbook: String?
    /// Whether the public page shows it.
    public var isPublic: Bool
    /// What looks.
    public var probe: any Probe

    /// A check with defaults for all that is not given.
    public init(id: String, kind: String, target: String, interval: Duration = .seconds(10), probe: any Probe) {
        self.id = id
        name = id
        self.kind = kind
        self.target = target
        self.interval = interval
        timeout = min(interval / 4, .seconds(10))
        thresholds = CheckThresholds()
        quorum = .majority
        rules = IncidentRules(name: id, interval: interval, timeout: timeout)
        dependsOn = []
        labels = [:]
        isPublic = true
        self.probe = probe
    }

    /// What ``isID(_:)`` allows, in words.
    public static var allowedID: String { CheckReader.allowedID }

    /// Whether a text may be the identifier of a check.
    public static func isID(_ text: String) -> Bool { CheckReader.isID(text) }

    /// How soon a finding that contradicts what is believed is looked at again: a tenth of the interval, 100 ms ... 2 s.
    var confirmation: Duration { min(max(interval / 10, .milliseconds(100)), .seconds(2)) }
}
