// SPDX-License-Identifier: Apache-2.0
// Martlet: how a state looks in a message.

extension CheckState {
    /// `#rrggbb`, legible on white and on black.
    var color: String {
        switch self {
        case .up: "#2e9d4f"
        case .maintenance: "#3b7ddd"
        case .unknown: "#8a8f98"
        case .degraded: "#d99100"
        case .down: "#d6323a"
        }
    }

    /// The style of a container in an Adaptive Card.
    var cardStyle: String {
        switch self {
        case .up: "good"
        case .maintenance: "accent"
        case .unknown: "emphasis"
        case .degraded: "warning"
        case .down: "attention"
        }
    }
}
