// SPDX-License-Identifier: Apache-2.0
// Martlet: ICMP echo requests and replies (RFC 792, RFC 4443).

/// Packets of one probe: a random mark tells them from those of others.
struct EchoMessage: Sendable {
    let isIPv6: Bool
    let mark: UInt64

    /// A request with this number.
    func request(_ sequence: UInt16) -> [UInt8] {
        let id = UInt16(truncatingIfNeeded: mark)
        var bytes: [UInt8] = [isIPv6 ? 128 : 8, 0, 0, 0]
        bytes += [UInt8(id >> 8), UInt8(id & 255), UInt8(sequence >> 8), UInt8(sequence & 255)]
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: mark >> UInt64(shift)))
        }
        // The kernel fills in the sum of ICMPv6, which covers the addresses as well.
        guard !isIPv6 else { return bytes }
        let sum = Self.checksum(bytes)
        bytes[2] = UInt8(sum >> 8)
        bytes[3] = UInt8(sum & 255)
        return bytes
    }

    /// The number of a reply to one of our requests; nil for everything else.
    func sequence(of packet: [UInt8], isRaw: Bool) -> UInt16? {
        var bytes = packet[...]
        // A raw IPv4 socket hands out the IP header too.
        if isRaw, !isIPv6 {
            guard let first = bytes.first, first >> 4 == 4 else { return nil }
            bytes = bytes.dropFirst(Int(first & 15) * 4)
        }
        guard bytes.count >= 16, bytes[bytes.startIndex] == (isIPv6 ? 129 : 0) else { return nil }
        let start = bytes.startIndex
        let found = bytes[(start + 8)..<(start + 16)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard found == mark else { return nil }
        return UInt16(bytes[start + 6]) << 8 | UInt16(bytes[start + 7])
    }

    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let low = index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0
            sum += UInt32(bytes[index]) << 8 | low
        }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) + sum >> 16 }
        return ~UInt16(sum)
    }
}
