// SPDX-License-Identifier: Apache-2.0
// Martlet: a block of IP addresses in CIDR notation.

/// A prefix such as `10.0.0.0/8` or `fd00::/8`.
public struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    /// The first address.
    public let base: IPAddress
    /// How many leading bits all addresses share.
    public let prefix: Int

    /// Reads `address/prefix`, or a bare address as a block of one; nil when wrong or when bits after the prefix are set.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let base = IPAddress(String(first)) else { return nil }
        var prefix = base.bytes.count * 8
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...prefix).contains(number), String(number) == parts[1] else {
                return nil
            }
            prefix = number
        }
        self.base = base
        self.prefix = prefix
        guard Self.masked(base.bytes, prefix) == base.bytes else { return nil }
    }

    /// Whether the address is in the block; an address of the other family never is.
    public func contains(_ address: IPAddress) -> Bool {
        address.bytes.count == base.bytes.count && Self.masked(address.bytes, prefix) == base.bytes
    }

    /// In CIDR notation.
    public var description: String { "\(base)/\(prefix)" }

    private static func masked(_ bytes: [UInt8], _ prefix: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let bits = min(max(prefix - index * 8, 0), 8)
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> bits)
        }
    }
}
