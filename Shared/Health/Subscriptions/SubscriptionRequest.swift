// SPDX-License-Identifier: Apache-2.0
// Martlet: a subscription that waits to be confirmed.

internal import Crypto
internal import Platform

/// A subscription that waits to be confirmed.
struct SubscriptionRequest: Sendable, Equatable {
    /// How long it waits.
    static let patience: Duration = .seconds(48 * 3_600)
    /// How often a target is asked in a day, whoever wants it.
    static let mostPerDay = 3
    /// How many of one network wait at most; one more ends the oldest of them.
    static let mostWaiting = 20
    /// How many of one network are taken in an hour.
    static let mostPerHour = 60

    var id: Int64
    var kind: SubscriptionKind
    var target: String
    var secret: String?
    var createdAt: Timestamp
    var checks: [String]
    var groups: [String]

    /// The digest of a client's network: the /24 of IPv4, the /48 of IPv6; all whose address is not known are one.
    static func network(of client: String?) -> [UInt8] {
        let address = client.flatMap { IPAddress($0) }
        let prefix = address.map { $0.bytes.prefix($0.isIPv4 ? 3 : 6) } ?? []
        return Array(SHA256.hash(data: Array(prefix)))
    }
}
