// SPDX-License-Identifier: Apache-2.0
// Martlet: the state of a check, a group or the whole, as people see it.

/// How well something is; the raw values are what APIs show.
public enum CheckState: String, Sendable, Codable, CaseIterable, Comparable {
    /// All is well.
    case up = "UP"
    /// It works, but not as it should.
    case degraded = "DEGRADED"
    /// It does not work.
    case down = "DOWN"
    /// Nobody could look.
    case unknown = "UNKNOWN"
    /// It is being worked on; whatever probes find raises no alert.
    case maintenance = "MAINTENANCE"

    /// How bad it is, for sorting and for the worst of many: up, maintenance, unknown, degraded, down.
    public var badness: Int {
        switch self {
        case .up: 0
        case .maintenance: 1
        case .unknown: 2
        case .degraded: 3
        case .down: 4
        }
    }

    /// The worse is the greater.
    public static func < (left: CheckState, right: CheckState) -> Bool { left.badness < right.badness }

    /// Whether an incident is due.
    public var isBad: Bool { self == .down || self == .degraded }
}
