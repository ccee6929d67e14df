// SPDX-License-Identifier: Apache-2.0
// Martlet: ports for the programs that are measured.

import Glibc

/// Finds a port that nobody listens on.
enum FreePort {
    static func find() throws(BenchError) -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw BenchError(.surroundings, "no socket can be made") }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
            }
        }
        guard isKnown else { throw BenchError(.surroundings, "no free port was found") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
