// SPDX-License-Identifier: Apache-2.0
// Martlet: one place where a service is, out of an SRV record.

/// A host and a port that offer a service.
public struct DNSService: Sendable, Hashable {
    /// Lower ones come first.
    public var priority: Int
    /// The share of the load among those of the same priority.
    public var weight: Int
    /// The host's name, without a last dot.
    public var host: String
    /// The port.
    public var port: Int
}
