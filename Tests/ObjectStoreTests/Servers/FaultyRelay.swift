// SPDX-License-Identifier: Apache-2.0
// Martlet: a TCP relay before a server that breaks chosen connections in chosen ways.
import Glibc
import Synchronization
import TestSupport

/// Passes bytes on; the first connection gets the first fault, and so on, and later ones none.
final class FaultyRelay: Sendable {
    /// What happens to a connection.
    enum Fault: Sendable {
        case none
        /// A reset once the client has sent this many bytes.
        case resetSending(Int)
        /// Silence once the client has sent this many bytes.
        case stallSending(Int)
        /// A reset once the server has sent this many bytes.
        case resetReceiving(Int)
        /// An orderly end once the server has sent this many bytes.
        case endReceiving(Int)
        /// One wrong bit in the byte at this place of what the server sends.
        case flipReceiving(Int)
        /// These bytes instead of the server's answer to whatever is sent first, and the end.
        case answer(String)
        /// The server's answer is thrown away once the whole of it came, and the connection is reset.
        case loseAnswer
    }

    let port: Int
    private let upstream: Int
    private let listener: Int32
    private let faults: Mutex<[Fault]>
    private let opened = Mutex(0)
    private let isOver = Mutex(false)
    private let carried = Mutex(0)

    /// Bytes that were passed on to clients.
    var received: Int { carried.withLock { $0 } }
    var endpoint: String { "http://127.0.0.1:\(port)" }
    /// Connections so far.
    var connections: Int { opened.withLock { $0 } }

    /// Runs a test with a relay.
    static func with(
        _ faults: [Fault],
        before upstream: Int,
        _ body: (FaultyRelay) async throws -> Void
    ) async throws {
        let relay = try FaultyRelay(faults, before: upstream)
        defer { relay.isOver.withLock { $0 = true } }
        try await body(relay)
    }

    private init(_ faults: [Fault], before upstream: Int) throws {
        self.upstream = upstream
        self.faults = Mutex(faults)
        port = try ClusterPort.free()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let isOpen = Self.address(port) { bind(listener, $0, $1) } == 0 && listen(listener, 64) == 0
        guard isOpen else { throw ClusterFailure("the relay can't listen on \(port)") }
        Task { [self] in try? await ClusterThread.run { self.serve() } }
    }

    private func serve() {
        while let client = accepted() {
            opened.withLock { $0 += 1 }
            let fault = faults.withLock { $0.isEmpty ? .none : $0.removeFirst() }
            Task { [self] in try? await ClusterThread.run { self.carry(client, fault) } }
        }
        close(listener)
    }

    private func accepted() -> Int32? {
        while !isOver.withLock({ $0 }) {
            guard isReadable(listener) else { continue }
            let client = accept(listener, nil, nil)
            if client >= 0 { return client }
        }
        return nil
    }

    private func carry(_ client: Int32, _ fault: Fault) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer {
            close(server)
            close(client)
        }
        guard Self.address(upstream, { connect(server, $0, $1) }) == 0 else { return }
        var (sent, received) = (0, 0)
        while !isOver.withLock({ $0 }) {
            var entries = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&entries, 2, 100) > 0 else { continue }
            if entries[0].revents != 0 {
                guard let bytes = Self.take(client) else { return }
                sent += bytes.count
                switch fault {
                case .answer(let text):
                    Self.put(Array(text.utf8), server: client)
                    shutdown(client, Int32(SHUT_WR))
                    // What the client still sends must not turn the end into a reset.
                    while isReadable(client), Self.take(client) != nil {}
                    return
                case .resetSending(let count) where sent >= count: return Self.reset(client)
                case .stallSending(let count) where sent >= count: continue
                default: Self.put(bytes, server: server)
                }
            }
            if entries[1].revents != 0 {
                guard var bytes = Self.take(server) else { return }
                let start = received
                received += bytes.count
                switch fault {
                case .resetReceiving(let count) where received >= count:
                    Self.put(Array(bytes.prefix(max(0, count - start))), server: client)
                    // Sent bytes that the client hasn't read would be lost with the reset.
                    usleep(200_000)
                    return Self.reset(client)
                case .endReceiving(let count) where received >= count:
                    return Self.put(Array(bytes.prefix(max(0, count - start))), server: client)
                case .flipReceiving(let place) where start <= place && place < received: bytes[place - start] ^= 4
                case .loseAnswer: return Self.reset(client)
                default: break
                }
                Self.put(bytes, server: client)
                carried.withLock { $0 += bytes.count }
            }
        }
    }

    private func isReadable(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 100) > 0
    }

    private static func take(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    private static func put(_ bytes: [UInt8], server: Int32) {
        var done = 0
        while done < bytes.count {
            let count = send(server, Array(bytes[done...]), bytes.count - done, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return }
            done += count
        }
    }

    private static func reset(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }

    private static func address(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
