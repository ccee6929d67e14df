// SPDX-License-Identifier: Apache-2.0
// Martlet: how the state of a group follows from the states of its checks.

/// How the state of a group follows from those of its members.
public enum GroupRule: Sendable, Hashable {
    /// The worst member's state.
    case worst
    /// Down below `down` healthy members, degraded below `degraded`; 1 or more each.
    case minimumHealthy(degraded: Int, down: Int)
    /// Down below `down` of the members' weight, degraded below `degraded`; shares, 0...1. A degraded member counts half, and a member without
    /// a weight weighs 1.
    case weighted(weights: [String: Double], degraded: Double, down: Double)

    /// The group's state; members in maintenance are left out, unless all are. Unknown without members.
    public func state(of members: [(name: String, state: CheckState)]) -> CheckState {
        let active = members.filter { $0.state != .maintenance }
        guard !active.isEmpty else { return members.isEmpty ? .unknown : .maintenance }
        switch self {
        case .worst: return active.map(\.state).max { $0.badness < $1.badness } ?? .unknown
        case .minimumHealthy(let degraded, let down):
            guard active.contains(where: { $0.state != .unknown }) else { return .unknown }
            let healthy = active.count { $0.state == .up }
            let serving = active.count { $0.state == .up || $0.state == .degraded }
            if serving < down { return .down }
            return healthy < degraded ? .degraded : .up
        case .weighted(let weights, let degraded, let down):
            let known = active.filter { $0.state != .unknown }
            guard !known.isEmpty else { return .unknown }
            var (healthy, total) = (0.0, 0.0)
            for member in known {
                let weight = weights[member.name] ?? 1
                total += weight
                healthy += weight * (member.state == .up ? 1 : member.state == .degraded ? 0.5 : 0)
            }
            let share = total > 0 ? healthy / total : 1
            return share < down ? .down : share < degraded ? .degraded : .up
        }
    }
}
