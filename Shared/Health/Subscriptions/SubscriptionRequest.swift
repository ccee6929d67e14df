// SPDX-License-Identifier: Apache-2.0
// Martlet: a subscription that waits to be confirmed.

internal import Platform

/// A subscription that waits to be confirmed.
struct SubscriptionRequest: Sendable, Equatable {
    /// How long it waits.
    static let patience: Duration = .seconds(48 * 3_600)
    /// How often a target is asked in a day, whoever wants it.
    static let mostPerDay = 3

    var id: Int64
    var kind: SubscriptionKind
    var target: String
    var secret: String?
    var createdAt: Timestamp
}
