// SPDX-License-Identifier: Apache-2.0
// Martlet: names to addresses through the system's resolver, each name asked for once at a time.
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Looks names up as every other program on the machine does; a thousand probes of one name cost one look-up.
final class NameLookup: Sendable {
    /// More addresses than this are not tried.
    static let mostAddresses = 8

    private let threads: NIOThreadPool
    private let waiters = Mutex<[String: [EventLoopPromise<[SocketAddress]>]]>([:])

    init(threads: NIOThreadPool) { self.threads = threads }

    /// The addresses in the resolver's order; fails with a ``ProbeFailure``.
    func addresses(of host: String, port: Int, on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        if let address = try? SocketAddress(ipAddress: host, port: port) { return loop.makeSucceededFuture([address]) }
        let promise = loop.makePromise(of: [SocketAddress].self)
        let isFirst = waiters.withLock { waiters in
            waiters[host, default: []].append(promise)
            return waiters[host]?.count == 1
        }
        if isFirst {
            threads.submit { state in
                guard case .active = state else { return self.settle(host, .failure(.cancelled)) }
                self.settle(host, Self.lookUp(host))
            }
        }
        return promise.futureResult.map { addresses in
            addresses.map { address in
                var address = address
                address.port = port
                return address
            }
        }
    }

    private func settle(_ host: String, _ outcome: Result<[SocketAddress], ProbeFailure>) {
        let promises = waiters.withLock { $0.removeValue(forKey: host) ?? [] }
        for promise in promises {
            switch outcome {
            case .success(let addresses): promise.succeed(addresses)
            case .failure(let failure): promise.fail(failure)
            }
        }
    }

    private static func lookUp(_ host: String) -> Result<[SocketAddress], ProbeFailure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else {
            return .failure(code == EAI_NONAME ? ProbeFailure("name not found: \(host)") : trouble(host, code))
        }
        var addresses: [SocketAddress] = []
        var entry = list
        while let current = entry, addresses.count < mostAddresses {
            if let address = address(current.pointee), !addresses.contains(address) {
                addresses.append(address)
            }
            entry = current.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(ProbeFailure("name not found: \(host)")) : .success(addresses)
    }

    private static func trouble(_ host: String, _ code: Int32) -> ProbeFailure {
        let text = gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return ProbeFailure("cannot look up \(host): \(text)", origin: .resolver)
    }

    private static func address(_ entry: addrinfo) -> SocketAddress? {
        guard let raw = entry.ai_addr else { return nil }
        return switch entry.ai_family {
        case AF_INET: raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
        case AF_INET6: raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
        default: nil
        }
    }
}
