// SPDX-License-Identifier: Apache-2.0
// Martlet: the ways to subscribe.

/// How a subscriber is told.
public enum SubscriptionKind: String, Sendable, CaseIterable {
    /// By mail, once the address was confirmed by a link.
    case email
    /// By a signed POST, once the address has answered a challenge.
    case webhook
}
