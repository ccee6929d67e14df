// SPDX-License-Identifier: Apache-2.0
// Martlet: takes webhooks on a port of 127.0.0.1, answers each with 200, and remembers them.

import Glibc
import Synchronization
import TestSupport

/// A receiver of webhooks on a thread of its own, for as long as it is held.
final class Receiver: Sendable {
    let port: Int
    private let descriptor: Int32
    private let requests = Mutex<[String]>([])

    struct Failure: Error {}

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isOpen else { throw Failure() }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    /// What has come so far: heads and bodies.
    var received: [String] { requests.withLock { $0 } }

    /// Takes one request.
    func takeOne() async throws {
        let deadline = ContinuousClock.now + patience
        var connection: Int32 = -1
        var text = ""
        defer { if connection >= 0 { close(connection) } }
        while ContinuousClock.now < deadline {
            if connection < 0 {
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&entry, 1, 0) > 0 { connection = accept(descriptor, nil, nil) }
            } else {
                var bytes = [UInt8](repeating: 0, count: 65_536)
                let count = recv(connection, &bytes, bytes.count, Int32(MSG_DONTWAIT))
                if count > 0 { text += String(decoding: bytes[..<count], as: UTF8.self) }
                if text.contains("\r\n\r\n"), text.hasSuffix("}") {
                    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".utf8)
                    send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
                    requests.withLock { $0.append(text) }
                    return
                }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Failure()
    }
}
