// SPDX-License-Identifier: Apache-2.0
// Martlet: what one aggregator tells another when neither may trust the ledger.

internal import Platform

/// What an aggregator says of itself to another.
public struct PeerStatus: Sendable, Codable, Equatable {
    /// Its identity.
    public var id: String
    /// Whether it reaches the ledger.
    public var reachesLedger: Bool
    /// What it believes; for those alone who know the token.
    var observations: [PeerObservation]?
}

/// An observation on its way between aggregators; times in microseconds.
struct PeerObservation: Sendable, Codable, Equatable {
    struct Part: Sendable, Codable, Equatable {
        var name: String
        var status: String
        var reason: String?
        var vanishedAt: Int64?
    }

    var check: String
    var location: String
    var state: CheckState
    var since: Int64
    var reason: String?
    var isFlapping: Bool
    var isSuspect: Bool
    var failingSince: Int64?
    var at: Int64
    var latency: Int64
    var parts: [Part]
    var certificateExpiry: Int64?

    init(_ observation: Observation) {
        check = observation.check
        location = observation.location
        state = observation.state
        since = observation.since.microseconds
        reason = observation.reason
        isFlapping = observation.isFlapping
        isSuspect = observation.isSuspect
        failingSince = observation.failingSince?.microseconds
        at = observation.at.microseconds
        latency = observation.latency.inMicroseconds
        parts = observation.parts.map {
            Part(
                name: $0.name,
                status: $0.status.rawValue,
                reason: $0.reason,
                vanishedAt: $0.vanishedAt?.microseconds
            )
        }
        certificateExpiry = observation.certificateExpiry?.microseconds
    }

    var observation: Observation {
        Observation(
            check: check,
            location: location,
            state: state,
            since: Timestamp(microseconds: since),
            reason: reason,
            isFlapping: isFlapping,
            isSuspect: isSuspect,
            failingSince: failingSince.map(Timestamp.init(microseconds:)),
            at: Timestamp(microseconds: at),
            latency: .microseconds(latency),
            parts: parts.map {
                ProbeResult.Part(
                    name: $0.name,
                    status: ProbeResult.Status(rawValue: $0.status) ?? .unknown,
                    reason: $0.reason,
                    vanishedAt: $0.vanishedAt.map(Timestamp.init(microseconds:))
                )
            },
            certificateExpiry: certificateExpiry.map(Timestamp.init(microseconds:))
        )
    }
}
