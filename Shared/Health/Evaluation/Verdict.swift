// SPDX-License-Identifier: Apache-2.0
// Martlet: what all locations together say of a check.

public import Platform

/// What all locations together say of a check.
public struct Verdict: Sendable, Equatable {
    /// The state; never maintenance, which is no finding.
    public var state: CheckState
    /// When the state was entered.
    public var since: Timestamp
    /// Why it is not up.
    public var reason: String?
    /// Whether enough locations see it come and go.
    public var isFlapping: Bool
    /// What a minority of the locations sees that the quorum does not; nil where all agree.
    public var advisory: String?
    /// How many locations had to agree.
    public var needed: Int
    /// How many locations looked.
    public var locations: Int
    /// When the first bad finding of a run of bad ones that is going on anywhere was complete.
    public var failingSince: Timestamp?
    /// When the oldest of the locations' last looks began: what happened later is not in this verdict.
    public var lookedAt: Timestamp
    /// Whether some location has findings that contradict what it believes.
    public var isSuspect: Bool
    /// The parts of the target that are not well.
    public var badParts: [ProbeResult.Part]

    /// Lets the locations vote; nil when none has looked.
    ///
    /// A check is down when enough locations say down, degraded when enough say down or degraded, well when enough do not, and unknown otherwise. It
    /// stays as it was while the vote is open: it is closed by the same quorum that opened it.
    public init?(_ observations: [Observation], quorum: Quorum, before: Verdict?) {
        guard let first = observations.first else { return nil }
        let count = observations.count
        needed = quorum.needed(of: count)
        locations = count
        let down = observations.count { $0.state == .down }
        let bad = observations.count { $0.state.isBad }
        let up = observations.count { $0.state == .up }
        let vote: CheckState
        if down >= needed {
            vote = .down
        } else if bad >= needed {
            vote = .degraded
        } else if up >= needed || (up > 0 && bad == 0) {
            // Well by the same number of voices. With `needed` of 1, bad goes before good.
            vote = .up
        } else if bad > 0, let before, before.state != .unknown {
            vote = before.state
        } else {
            vote = .unknown
        }
        state = vote
        let speakers = observations.filter { $0.state == vote || (vote == .degraded && $0.state.isBad) }
        let worst = speakers.isEmpty ? observations : speakers
        reason = vote == .up ? nil : worst.lazy.compactMap(\.reason).first
        isFlapping = observations.count(where: \.isFlapping) >= needed
        failingSince = observations.compactMap(\.failingSince).min()
        lookedAt = observations.map { $0.at + (.zero - $0.latency) }.min() ?? first.at
        isSuspect = observations.contains(where: \.isSuspect)
        let minority = observations.filter { $0.state.isBad && !(vote.isBad) }
        advisory =
            minority.isEmpty
            ? nil
            : minority.map { "\($0.location): \($0.reason ?? $0.state.rawValue)" }.joined(separator: "; ")
        var parts: [ProbeResult.Part] = []
        for part in worst.flatMap(\.parts) where part.status != .up && !parts.contains(where: { $0.name == part.name })
        {
            parts.append(part)
        }
        badParts = parts
        if let before, before.state == vote {
            since = before.since
        } else {
            // The last voice that it took made the difference.
            let times = worst.map(\.since).sorted()
            since = times[min(needed, times.count) - 1]
        }
    }
}
