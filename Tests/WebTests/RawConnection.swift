// SPDX-License-Identifier: Apache-2.0
// Martlet: a bare TCP connection that says exactly what a test wants, slowly or wrongly if need be.

import Glibc

/// A client connection with blocking calls and a time limit; runs on the thread of the test that owns it.
struct RawConnection: ~Copyable {
    struct Failure: Error {}
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure() }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw Failure() }
    }

    /// Whatever comes next; empty when the other side has closed.
    func receive() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw Failure() }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Everything until the text holds `mark`, or the other side has closed.
    func receive(until mark: String) throws -> String {
        var text = ""
        while !text.contains(mark) {
            let more = try receive()
            if more.isEmpty { break }
            text += more
        }
        return text
    }
}
