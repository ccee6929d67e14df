// SPDX-License-Identifier: Apache-2.0
// Martlet: name, TCP connection and TLS handshake of a probe.
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Opens fresh connections for runs.
struct Dialer: Sendable {
    let resources: ProbeResources
    let host: String
    let port: Int
    /// Nil connects in the clear.
    let tls: TLSOptions?
    /// Why the addresses of the host may not be connected to; nil lets all be.
    var refusal: (@Sendable ([SocketAddress]) -> String?)?

    /// What the run shows first.
    var firstPhase: ProbePhase {
        (try? SocketAddress(ipAddress: host, port: port)) == nil ? .resolving(host) : .connecting
    }

    /// Connects for a run, on its loop; `handlers` are put after TLS. Failures end the run.
    func connect<Value: Sendable>(
        _ run: ProbeRun<Value>,
        timeout: Duration,
        _ handlers: @escaping @Sendable (any Channel) throws -> Void
    ) {
        resources.names.addresses(of: host, port: port, on: run.loop).whenComplete { result in
            guard !run.isOver else { return }
            switch result {
            case .success(let addresses):
                // What is vetted is what is connected to: no second look-up lies between.
                if let reason = refusal?(addresses) {
                    return run.finish(.failure(ProbeFailure(reason, origin: .policy)))
                }
                run.enter(.connecting)
                dial(run, addresses, timeout, handlers).whenFailure { run.finish(.failure(NetworkTrouble.failure($0))) }
            case .failure(let error): run.finish(.failure(NetworkTrouble.failure(error)))
            }
        }
    }

    private func dial<Value: Sendable>(
        _ run: ProbeRun<Value>,
        _ addresses: [SocketAddress],
        _ timeout: Duration,
        _ handlers: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: run.loop)
            .connectTimeout(TimeAmount(timeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard run.adopt(channel) else { throw ProbeFailure.cancelled }
                    if let tls { try addTLS(tls, channel, run) }
                    try handlers(channel)
                }
            }
        if addresses.count == 1, let address = addresses.first { return bootstrap.connect(to: address) }
        return bootstrap.resolver(FixedResolver(loop: run.loop, addresses: addresses)).connect(host: host, port: port)
    }

    private func addTLS<Value: Sendable>(
        _ options: TLSOptions,
        _ channel: any Channel,
        _ run: ProbeRun<Value>
    ) throws {
        let context = try resources.contexts.context(for: options)
        let handler = try NIOSSLClientHandler(context: context, serverHostname: serverName(options))
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.pipeline.syncOperations.addHandler(HandshakeHandler(run: run, host: options.serverName ?? host))
    }

    /// The name to announce and to verify; addresses are verified as such and never announced.
    private func serverName(_ options: TLSOptions) -> String? {
        if let name = options.serverName { return name }
        return (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}

extension Dialer {
    /// Refuses what cannot be a host and a port.
    static func check(host: String, port: Int) throws(ProbeConfigurationError) {
        guard !host.isEmpty, host.utf8.count <= 253, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw ProbeConfigurationError("host", "must be a name or an IP address")
        }
        guard (1...65_535).contains(port) else { throw ProbeConfigurationError("port", "must be 1 to 65535") }
    }
}
