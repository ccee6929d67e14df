// SPDX-License-Identifier: Apache-2.0
// Martlet: a bare TCP connection that says exactly what a test wants, slowly or wrongly if need be.

import Glibc
import TestSupport

/// A client connection with a time limit for each receipt; it never blocks its thread, on which the server may have to run.
struct RawConnection: ~Copyable {
    struct Failure: Error {}
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.connect(descriptor, to: port) == 0 else { throw Failure() }
    }

    deinit { close(descriptor) }

    /// Whether a handshake goes unanswered: the port neither lets in nor refuses.
    static func isIgnored(port: Int) async throws -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        defer { close(descriptor) }
        guard connect(descriptor, to: port) != 0, errno == EINPROGRESS else { return false }
        // Over loopback an answer comes at once.
        try await Task.sleep(for: .milliseconds(50))
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, 0) == 0
    }

    private static func connect(_ descriptor: Int32, to port: Int) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw Failure() }
    }

    /// Whatever comes next; empty when the other side has closed.
    func receive() async throws -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let deadline = ContinuousClock.now + patience
        while true {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count >= 0 { return String(decoding: bytes[..<count], as: UTF8.self) }
            guard errno == EAGAIN || errno == EINTR, ContinuousClock.now < deadline else { throw Failure() }
            // There is no event loop here that could tell of readiness.
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Everything until the text holds `mark`, or the other side has closed.
    func receive(until mark: String) async throws -> String {
        var text = ""
        while !text.contains(mark) {
            let more = try await receive()
            if more.isEmpty { break }
            text += more
        }
        return text
    }
}
