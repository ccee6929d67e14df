// SPDX-License-Identifier: Apache-2.0
// Martlet: somebody who takes connections and says nothing.

import Glibc
import TestSupport

/// Listens on a free port of 127.0.0.1; the kernel takes connections, and nobody reads them.
final class SilentListener {
    let port: Int
    private let descriptor: Int32

    init() throws {
        port = try ClusterPort.free()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(descriptor, 8) == 0 else { throw ClusterFailure("can't listen on \(port)") }
    }

    deinit { close(descriptor) }
}
