// SPDX-License-Identifier: Apache-2.0
// Martlet: ICMP echo, as the ping command does it.
internal import NIOCore
internal import NIOPosix

/// Sends echo requests over IPv4 or IPv6.
///
/// Facts: `loss` (percent), `latency` (mean of the replies), `count` (of replies). Without conditions one reply is enough.
public struct PingProbe: Probe {
    /// Whom to ask and what to expect.
    public struct Target: Sendable {
        /// A name, an IPv4 or an IPv6 address.
        public var host: String
        /// How many packets to send, 1 to 20; default 3.
        public var count: Int
        /// What to expect.
        public var expectations = Expectations()

        /// Makes a target.
        public init(host: String, count: Int = 3) {
            self.host = host
            self.count = count
        }
    }

    private let target: Target
    private let resources: ProbeResources

    /// Checks the target; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        try Dialer.check(host: target.host, port: 1)
        guard (1...20).contains(target.count) else { throw ProbeConfigurationError("count", "must be 1 to 20") }
        self.target = target
        self.resources = resources
    }

    /// Sends all packets once.
    public func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let outcome = await ProbeRun<EchoHandler.Tally>.perform(
            on: resources.group.next(),
            // The handler concludes at the end of the time; the run's own deadline is for the name look-up.
            timeout: timeout + .milliseconds(20),
            shown: timeout,
            phase: .resolving(target.host)
        ) { run in
            resources.names.addresses(of: target.host, port: 0, on: run.loop).flatMap {
                addresses -> EventLoopFuture<any Channel> in
                guard let address = addresses.first else {
                    return run.loop.makeFailedFuture(ProbeFailure("name not found: \(target.host)"))
                }
                return open(run, address, timeout - (ContinuousClock.now - start))
            }.whenFailure { run.finish(.failure(NetworkTrouble.failure($0))) }
        }
        let elapsed = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: elapsed)
        case .success(let tally): return judge(tally, elapsed, timeout)
        }
    }

    private func open(
        _ run: ProbeRun<EchoHandler.Tally>,
        _ address: SocketAddress,
        _ timeout: Duration
    ) -> EventLoopFuture<any Channel> {
        let isIPv6 = address.protocol == .inet6
        switch PingSocket.open(isIPv6: isIPv6) {
        case .failure(let failure): return run.loop.makeFailedFuture(failure)
        case .success(let socket):
            let message = EchoMessage(isIPv6: isIPv6, mark: .random(in: 0 ... .max))
            return DatagramBootstrap(group: run.loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard run.adopt(channel) else { throw ProbeFailure.cancelled }
                        let handler = EchoHandler(
                            run: run,
                            address: address,
                            message: message,
                            isRaw: socket.isRaw,
                            count: target.count,
                            timeout: max(timeout, .milliseconds(1))
                        )
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .withBoundSocket(socket.descriptor)
        }
    }

    func judge(_ tally: EchoHandler.Tally, _ elapsed: Duration, _ timeout: Duration) -> ProbeResult {
        let received = tally.times.count
        var facts = ProbeFacts(latency: received > 0 ? tally.times.reduce(.zero, +) / received : elapsed)
        facts.loss = Double(tally.sent - received) * 100 / Double(tally.sent)
        facts.count = received
        if received == 0, target.expectations.conditions.isEmpty {
            let noun = tally.sent == 1 ? "echo request" : "\(tally.sent) echo requests"
            return ProbeFailure("no reply to \(noun) within \(timeout.words)").result(latency: elapsed)
        }
        return target.expectations.judge(facts)
    }
}
