// SPDX-License-Identifier: Apache-2.0
// Martlet: the kinds of DNS record that can be asked for.

/// A record type; raw values are those of the protocol.
public enum DNSRecordType: UInt16, Sendable, CaseIterable {
    /// An IPv4 address.
    case a = 1
    /// A name server.
    case ns = 2
    /// Another name for this one.
    case cname = 5
    /// The name of an address.
    case ptr = 12
    /// A mail server.
    case mx = 15
    /// Text.
    case txt = 16
    /// An IPv6 address.
    case aaaa = 28
    /// Where a service is.
    case srv = 33

    /// The name in capital letters, such as `AAAA`.
    public var name: String { "\(self)".uppercased() }

    /// Finds a type by its name, in any case; nil if it is none of these.
    public init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name.uppercased() }) else { return nil }
        self = type
    }
}
