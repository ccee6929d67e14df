// SPDX-License-Identifier: Apache-2.0
// Martlet: the system's resolver (getaddrinfo), which blocks, on a few threads of its own.
internal import Glibc
internal import NIOPosix
internal import Platform
internal import Synchronization

/// Looks names up as every other program on the machine does: /etc/hosts, search domains, nsswitch.
final class SystemNameResolver: NameResolver {
    /// More addresses than this are not looked at.
    static let mostAddresses = 16

    private let threads = NIOThreadPool(numberOfThreads: 4)

    init() { threads.start() }

    /// Ends the threads; look-ups that wait fail.
    func shutdown() async {
        // The pool reports nothing here that could be acted on: it was never used, or is gone already.
        try? await threads.shutdownGracefully()
    }

    func addresses(of host: String) async throws -> [IPAddress] {
        // getaddrinfo cannot be interrupted, so a cancelled caller leaves it to its thread and goes.
        let answer = OneAnswer()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.deliver(to: continuation)
                threads.submit { state in
                    guard case .active = state else { return answer.resume(with: .failure(CancellationError())) }
                    // A look-up whose caller has gone while it waited for a thread would only hold up the others.
                    guard !answer.isGiven else { return }
                    answer.resume(with: Self.lookUp(host))
                }
            }
        } onCancel: {
            answer.resume(with: .failure(CancellationError()))
        }
    }

    private static func lookUp(_ host: String) -> Result<[IPAddress], any Error> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else {
            return .failure(
                NameResolutionError(reason: gai_strerror(code).map { String(cString: $0) } ?? "error \(code)")
            )
        }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry, addresses.count < mostAddresses {
            if let socketAddress = current.pointee.ai_addr, let address = IPAddress(socketAddress: socketAddress),
                !addresses.contains(address)
            {
                addresses.append(address)
            }
            entry = current.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(NameResolutionError(reason: "no addresses")) : .success(addresses)
    }
}

extension IPAddress {
    /// Takes the address out of a socket address; nil for other families.
    fileprivate init?(socketAddress: UnsafePointer<sockaddr>) {
        switch Int32(socketAddress.pointee.sa_family) {
        case AF_INET:
            self.init(
                bytes: socketAddress.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                    withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
                }
            )
        case AF_INET6:
            self.init(
                bytes: socketAddress.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                    withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
                }
            )
        default: return nil
        }
    }
}

/// A continuation that takes the first of several answers, even one that comes before it.
private final class OneAnswer: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<[IPAddress], any Error>)
        case early(Result<[IPAddress], any Error>)
        case given
    }

    private let state = Mutex(State.empty)

    /// Whether nobody waits any more.
    var isGiven: Bool {
        state.withLock { state in
            if case .given = state { return true }
            return false
        }
    }

    func deliver(to continuation: CheckedContinuation<[IPAddress], any Error>) {
        let early: Result<[IPAddress], any Error>? = state.withLock { state in
            guard case .early(let result) = state else {
                state = .waiting(continuation)
                return nil
            }
            state = .given
            return result
        }
        if let early { continuation.resume(with: early) }
    }

    func resume(with result: Result<[IPAddress], any Error>) {
        let waiting: CheckedContinuation<[IPAddress], any Error>? = state.withLock { state in
            switch state {
            case .empty:
                state = .early(result)
                return nil
            case .waiting(let continuation):
                state = .given
                return continuation
            case .early, .given: return nil
            }
        }
        waiting?.resume(with: result)
    }
}
