// SPDX-License-Identifier: Apache-2.0
// Martlet: a socket that may send echo requests.
internal import Glibc

/// Opens a ping socket, which needs no rights but a group in a range, or else a raw one.
enum PingSocket {
    /// Why neither may be had, and what to do about it.
    static let refusal =
        "not allowed to send ICMP: widen net.ipv4.ping_group_range to a group of this process, or grant CAP_NET_RAW"

    /// A descriptor that the caller owns, and whether it is raw; `.failure` has the status unknown.
    static func open(isIPv6: Bool) -> Result<(descriptor: Int32, isRaw: Bool), ProbeFailure> {
        let family = isIPv6 ? AF_INET6 : AF_INET
        let proto = isIPv6 ? Int32(IPPROTO_ICMPV6) : Int32(IPPROTO_ICMP)
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let gentle = socket(family, Int32(SOCK_DGRAM.rawValue) | flags, proto)
        if gentle >= 0 { return .success((gentle, false)) }
        let raw = socket(family, Int32(SOCK_RAW.rawValue) | flags, proto)
        if raw >= 0 { return .success((raw, true)) }
        guard errno == EPERM || errno == EACCES || errno == EPROTONOSUPPORT else {
            return .failure(ProbeFailure("no socket for ICMP: \(NetworkTrouble.words(errno))", status: .unknown))
        }
        return .failure(ProbeFailure(refusal, status: .unknown))
    }
}
