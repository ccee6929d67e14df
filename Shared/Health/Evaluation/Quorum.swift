// SPDX-License-Identifier: Apache-2.0
// Martlet: how many locations must agree.

/// How many of the locations that look at a check must agree before it counts as bad, and before it counts as well again.
public enum Quorum: Sendable, Hashable, CustomStringConvertible {
    /// More than half of them.
    case majority
    /// A number, or all of them where there are fewer.
    case atLeast(Int)

    /// How many of `locations` it takes; at least 1.
    public func needed(of locations: Int) -> Int {
        switch self {
        case .majority: max(1, locations / 2 + 1)
        case .atLeast(let number): max(1, min(number, locations))
        }
    }

    /// As the configuration writes it.
    public var description: String {
        switch self {
        case .majority: "majority"
        case .atLeast(let number): "\(number)"
        }
    }
}
