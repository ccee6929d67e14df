// SPDX-License-Identifier: Apache-2.0
// Martlet: an alert that a Prometheus Alertmanager told of.
public import Platform

/// One alert of Alertmanager's webhook.
public struct IncomingAlert: Sendable, Equatable {
    /// Whether the alert is on.
    public enum Status: String, Sendable, Codable {
        /// It is on.
        case firing
        /// It is over.
        case resolved
    }

    /// Alertmanager's digest of the labels: the alert's identity.
    public var fingerprint: String
    /// Whether it is on.
    public var status: Status
    /// What identifies it; never empty.
    public var labels: [String: String]
    /// What people should know about it.
    public var annotations: [String: String]
    /// When it began.
    public var startsAt: Timestamp
    /// When it ended, or will be taken to have ended; nil while that is unknown.
    public var endsAt: Timestamp?
    /// What made it.
    public var generatorURL: String?
}
