// SPDX-License-Identifier: Apache-2.0
// Martlet: what kind of place an IP address points to, by the IANA special-purpose registries.

/// The class of an address; only ``public`` ones may be reached without being allowed.
public enum AddressClass: String, Sendable, Hashable {
    /// Anybody may reach it.
    case `public`
    /// No address.
    case unspecified
    /// This machine.
    case loopback
    /// A network of one's own.
    case `private`
    /// The same cable; clouds answer with credentials there.
    case linkLocal = "link-local"
    /// A provider's inner network.
    case shared = "shared (carrier-grade NAT)"
    /// Many at once.
    case multicast
    /// Examples.
    case documentation
    /// Measurements.
    case benchmarking
    /// Nothing yet.
    case reserved
    /// An IPv4 address in another form.
    case embedded = "IPv6 that embeds an IPv4 address"

    /// Classifies an address; IPv6 outside 2000::/3 is never public, so ranges that are assigned later stay refused.
    public init(_ address: IPAddress) {
        if let known = Self.blocks.first(where: { $0.block.contains(address) }) {
            self = known.name
        } else if Self.translated.contains(address) {
            // DNS64 gives every IPv4-only host such an address, so it is as good as the IPv4 address in it.
            let inner = IPAddress(bytes: Array(address.bytes.suffix(4)))
            self = inner.map { AddressClass($0) == .public } == true ? .public : .embedded
        } else {
            self = address.isIPv4 || address.bytes[0] & 0xE0 == 0x20 ? .public : .reserved
        }
    }

    private static let translated = block("64:ff9b::/96")

    private static func block(_ text: String) -> AddressBlock {
        guard let block = AddressBlock(text) else { preconditionFailure("not a block: \(text)") }
        return block
    }

    private static let special: [(String, AddressClass)] = [
        ("127.0.0.0/8", .loopback), ("10.0.0.0/8", .private), ("172.16.0.0/12", .private), ("192.168.0.0/16", .private),
        ("169.254.0.0/16", .linkLocal), ("100.64.0.0/10", .shared), ("0.0.0.0/8", .unspecified),
        ("224.0.0.0/4", .multicast),
        ("192.0.2.0/24", .documentation), ("198.51.100.0/24", .documentation), ("203.0.113.0/24", .documentation),
        ("198.18.0.0/15", .benchmarking), ("192.0.0.0/24", .reserved), ("192.88.99.0/24", .reserved),
        ("240.0.0.0/4", .reserved),
        ("::1/128", .loopback), ("::/128", .unspecified), ("::ffff:0.0.0.0/96", .embedded),
        ("::ffff:0:0:0/96", .embedded),
        ("::/96", .embedded), ("64:ff9b:1::/48", .embedded), ("2002::/16", .embedded), ("fc00::/7", .private),
        ("fe80::/10", .linkLocal),
        ("fec0::/10", .private), ("ff00::/8", .multicast), ("2001:db8::/32", .documentation),
        ("3fff::/20", .documentation),
        ("2001:2::/48", .benchmarking), ("2001::/32", .embedded), ("2001::/23", .reserved),
    ]
    private static let blocks = special.map { (block: block($0.0), name: $0.1) }
}
