// SPDX-License-Identifier: Apache-2.0
// Martlet: asks DNS servers, for probes and for the discovery of services.
internal import Glibc

/// Asks DNS servers directly, without caches, `/etc/hosts` and search domains.
public struct DNSClient: Sendable {
    private let resources: ProbeResources

    /// Makes a client.
    public init(resources: ProbeResources) { self.resources = resources }

    /// The IPv4 and IPv6 addresses of a name, sorted as texts; empty when the name has none.
    ///
    /// - Parameters:
    ///   - server: Whom to ask; by default the servers of `/etc/resolv.conf`, one after the other.
    ///   - timeout: The limit of the whole look-up; default 2 s.
    /// - Throws: ``DNSError`` when a server gives no answer or an error such as NXDOMAIN.
    public func addresses(
        of name: String,
        server: DNSServer? = nil,
        timeout: Duration = .seconds(2)
    ) async throws(DNSError) -> [String] {
        async let four = records(name, .a, server, timeout)
        async let six = records(name, .aaaa, server, timeout)
        let both = (await four, await six)
        return (try both.0.get() + both.1.get()).map(\.words).sorted()
    }

    /// The places of an SRV name such as `_http._tcp.api.default.svc.cluster.local`, by priority, host and port.
    ///
    /// - Throws: ``DNSError`` when a server gives no answer or an error such as NXDOMAIN.
    public func services(
        of name: String,
        server: DNSServer? = nil,
        timeout: Duration = .seconds(2)
    ) async throws(DNSError) -> [DNSService] {
        let found = try await records(name, .srv, server, timeout).get()
        let services = found.compactMap { record -> DNSService? in
            guard case .service(let priority, let weight, let port, let host) = record else { return nil }
            return DNSService(priority: priority, weight: weight, host: "\(host)", port: port)
        }
        return services.sorted { ($0.priority, $0.host, $0.port) < ($1.priority, $1.host, $1.port) }
    }

    private func records(
        _ name: String,
        _ type: DNSRecordType,
        _ server: DNSServer?,
        _ timeout: Duration
    ) async -> Result<[DNSRecord], DNSError> {
        guard let question = Self.question(name, type) else {
            return .failure(DNSError("\(name.shown) is not a domain name"))
        }
        switch await ask(question, server, timeout) {
        case .failure(let failure): return .failure(DNSError(failure.reason))
        case .success(let message) where message.rcode != 0:
            return .failure(DNSError(rcode: message.rcodeName, "\(message.rcodeName) for \(type.name) of \(name)"))
        case .success(let message): return .success(message.answers.filter { $0.type == type })
        }
    }

    /// Asks one server after the other until one answers; each gets an equal share of the time that is left.
    func ask(
        _ question: DNSMessage.Question,
        _ server: DNSServer?,
        _ timeout: Duration
    ) async -> Result<DNSMessage, ProbeFailure> {
        let servers = server.map { [$0] } ?? DNSServer.system()
        let deadline = ContinuousClock.now + timeout
        var last = ProbeFailure("/etc/resolv.conf names no server", status: .unknown)
        for (index, server) in servers.enumerated() {
            let share = max((deadline - .now) / (servers.count - index), .milliseconds(1))
            let exchange = DNSExchange(resources: resources, server: server, question: question)
            switch await exchange.answer(timeout: share, shown: servers.count == 1 ? timeout : share) {
            case .success(let message): return .success(message)
            case .failure(let failure): last = failure
            }
            if Task.isCancelled { return .failure(.cancelled) }
        }
        return .failure(last)
    }

    /// A question; for PTR an IP address is turned into its reverse name. Nil when the name is none.
    static func question(_ name: String, _ type: DNSRecordType) -> DNSMessage.Question? {
        if type == .ptr, let bytes = packed(name) {
            return DNSMessage.Question(name: DNSName(reversing: bytes), type: type)
        }
        return DNSName(name).map { DNSMessage.Question(name: $0, type: type) }
    }
}

extension DNSClient {
    /// The bytes of an IP address; nil for anything else.
    private static func packed(_ text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
