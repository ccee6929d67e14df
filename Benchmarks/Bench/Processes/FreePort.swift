// SPDX-License-Identifier: Apache-2.0
// Martlet: ports for the programs that are measured.

import Glibc

/// Finds a port that nobody listens on, below the range that the kernel gives to outgoing connections: none takes it before the program listens.
enum FreePort {
    static func find() throws(BenchError) -> Int {
        for _ in 0..<1_000 {
            let port = Int.random(in: 20_000...32_000)
            if isFree(port) { return port }
        }
        throw BenchError(.surroundings, "no free port was found")
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
