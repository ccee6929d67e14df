// SPDX-License-Identifier: Apache-2.0
// Martlet: what one location believes of one check, as the locations tell each other.

public import Platform

/// What one location believes of one check.
public struct Observation: Sendable, Equatable {
    /// The check's identifier.
    public var check: String
    /// The location that looked.
    public var location: String
    /// The state believed: up, degraded, down or unknown.
    public var state: CheckState
    /// When the state was entered.
    public var since: Timestamp
    /// Why it is not up.
    public var reason: String?
    /// Whether it comes and goes.
    public var isFlapping: Bool
    /// Whether the newest findings contradict the state.
    public var isSuspect: Bool
    /// The first bad finding of the present run of bad ones.
    public var failingSince: Timestamp?
    /// When the last finding was made.
    public var at: Timestamp
    /// How long the last probe took.
    public var latency: Duration
    /// What the target is made of.
    public var parts: [ProbeResult.Part]
    /// When the target's certificate expires.
    public var certificateExpiry: Timestamp?

    /// Describes what a location believes after a finding.
    public init(check: String, location: String, machine: CheckMachine, result: ProbeResult, at: Timestamp) {
        self.check = check
        self.location = location
        state = machine.state
        since = machine.since ?? at
        reason = machine.reason
        isFlapping = machine.isFlapping
        isSuspect = machine.isSuspect
        failingSince = machine.failingSince
        self.at = at
        latency = result.latency
        parts = result.parts
        certificateExpiry = result.certificateExpiry
    }

    /// Describes what a location believes, in full.
    public init(
        check: String,
        location: String,
        state: CheckState,
        since: Timestamp,
        reason: String? = nil,
        isFlapping: Bool = false,
        isSuspect: Bool = false,
        failingSince: Timestamp? = nil,
        at: Timestamp,
        latency: Duration = .zero,
        parts: [ProbeResult.Part] = [],
        certificateExpiry: Timestamp? = nil
    ) {
        self.check = check
        self.location = location
        self.state = state
        self.since = since
        self.reason = reason
        self.isFlapping = isFlapping
        self.isSuspect = isSuspect
        self.failingSince = failingSince
        self.at = at
        self.latency = latency
        self.parts = parts
        self.certificateExpiry = certificateExpiry
    }
}
