// SPDX-License-Identifier: Apache-2.0
// Martlet: what one aggregator tells another when neither may trust the ledger.

/// What an aggregator says of itself to another.
public struct PeerStatus: Sendable, Equatable, Codable {
    /// Its identity.
    public var id: String
    /// Whether it reaches the ledger.
    public var reachesLedger: Bool

    /// Says it.
    public init(id: String, reachesLedger: Bool) {
        self.id = id
        self.reachesLedger = reachesLedger
    }
}
