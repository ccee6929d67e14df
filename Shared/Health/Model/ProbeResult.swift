// SPDX-License-Identifier: Apache-2.0
// Martlet: what one probe found.
public import Platform

/// What one look at a target found.
public struct ProbeResult: Sendable, Equatable {
    /// How well the target is.
    public enum Status: String, Sendable {
        /// All is well.
        case up
        /// Works, but worse than it should.
        case degraded
        /// Does not work.
        case down
        /// The probe itself could not be made: not allowed, or set up wrongly on this side.
        case unknown
    }

    /// Something that the target is made of.
    public struct Part: Sendable, Equatable {
        /// Its name, as the target gives it.
        public var name: String
        /// How well it is.
        public var status: Status
        /// One line for people; nil when up.
        public var reason: String?
        /// When it was last found, if it is an instance that is gone.
        public var vanishedAt: Timestamp?

        /// Makes a part.
        public init(name: String, status: Status, reason: String? = nil, vanishedAt: Timestamp? = nil) {
            self.name = name
            self.status = status
            self.reason = reason
            self.vanishedAt = vanishedAt
        }
    }

    /// How well the target is.
    public var status: Status
    /// One line for people, at most 200 characters, never a secret; nil when up.
    public var reason: String?
    /// How long the target took to answer, or how long it was waited for.
    public var latency: Duration
    /// What the target is made of, if it says.
    public var parts: [Part]
    /// When the certificate that the target presented expires.
    public var certificateExpiry: Timestamp?
    /// The figure that a query or a command gave.
    public var value: Double?

    /// Makes a result; control characters in the reason become spaces, and it is cut to 200 characters.
    public init(
        status: Status,
        reason: String? = nil,
        latency: Duration,
        parts: [Part] = [],
        certificateExpiry: Timestamp? = nil,
        value: Double? = nil
    ) {
        self.status = status
        self.reason = reason.map { $0.oneLine(limit: 200) }
        self.latency = latency
        self.parts = parts
        self.certificateExpiry = certificateExpiry
        self.value = value
    }
}
