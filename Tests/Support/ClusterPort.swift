// SPDX-License-Identifier: Apache-2.0
// Martlet: ports for servers that must come back on the same port after a restart.

import Glibc
import Synchronization

/// Free ports below the range that the kernel gives to outgoing connections, so that none takes a port while its server is down.
public enum ClusterPort {
    private static let given = Mutex<Set<Int>>([])

    /// A port that nobody listens on and that was not given before.
    public static func free() throws -> Int {
        for _ in 0..<1_000 {
            let port = Int.random(in: 20_000...32_000)
            guard isFree(port) else { continue }
            if given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw ClusterFailure("there is no free port")
    }

    /// Whether nobody listens on a port of 127.0.0.1.
    public static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = ClusterSocket.loopback(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
