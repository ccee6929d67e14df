// SPDX-License-Identifier: Apache-2.0
// Martlet: a TCP relay that can stop passing bytes while its connections stay open, like a half-open network.

import Glibc
import Postgres
import Synchronization
import TestSupport

/// Relays to the test server until told to swallow. Its own threads end with `stop`.
final class BlackHoleRelay: Sendable {
    private let listener: Int32
    private let target: (host: String, port: UInt16)
    private let path: String
    private let port: UInt16
    private let isSwallowing = Atomic<Bool>(false)
    private let isStopped = Atomic<Bool>(false)
    private let acceptedCount = Atomic<Int>(0)

    var accepted: Int { acceptedCount.load(ordering: .relaxed) }
    var url: String { "postgres://\(path.replacing("@HOST", with: "@127.0.0.1:\(port)"))" }

    /// `url` must be of the form `postgres://user@host:port/database`.
    init(to url: String) throws {
        let rest = url.drop { $0 != ":" }.dropFirst(3)
        let parts = rest.split(separator: "@", maxSplits: 1)
        guard parts.count == 2 else { throw ClusterFailure("no user in the server's URL") }
        let place = parts[1].prefix { $0 != "/" }
        let pieces = place.split(separator: ":")
        target = (String(pieces[0]), pieces.count > 1 ? UInt16(pieces[1]) ?? 5432 : 5432)
        path = "\(parts[0])@HOST\(parts[1].dropFirst(place.count))"
        let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.address("127.0.0.1", 0)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, 16) }
        }
        listen(listener, 16)
        var length = socklen_t(16)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        port = UInt16(bigEndian: address.sin_port)
        inThread { self.acceptAll() }
    }

    func swallow(_ swallows: Bool) { isSwallowing.store(swallows, ordering: .relaxed) }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptAll() {
        while !isStopped.load(ordering: .relaxed) {
            let client = accept(listener, nil, nil)
            if client < 0, errno == EINTR { continue }
            guard client >= 0 else { break }
            acceptedCount.add(1, ordering: .relaxed)
            // A connection made while swallowing stays silent for good, and so does one that lived through it.
            let server = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.address(target.host, target.port)
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(server, $0, 16) }
            }
            inThread { self.relay(client, server) }
        }
        close(listener)
    }

    private func relay(_ client: Int32, _ server: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var isDead = false
        loop: while !isStopped.load(ordering: .relaxed) {
            var polls = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&polls, 2, 20) >= 0 else { break }
            isDead = isDead || isSwallowing.load(ordering: .relaxed)
            for (index, item) in polls.enumerated() where item.revents != 0 {
                let count = read(item.fd, &buffer, buffer.count)
                guard count > 0 else { break loop }
                if !isDead { _ = send(index == 0 ? server : client, buffer, count, Int32(MSG_NOSIGNAL)) }
            }
        }
        close(client)
        close(server)
    }

    private static func address(_ host: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        return address
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private func inThread(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        pthread_create(
            &thread,
            nil,
            { raw in
                raw.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }
                return nil
            },
            body
        )
        pthread_detach(thread)
    }
}
