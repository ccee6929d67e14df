// SPDX-License-Identifier: Apache-2.0
// Martlet: makes a TLS handshake and looks at the certificate.
internal import NIOCore
internal import NIOTLS
internal import Platform

/// Makes a TLS handshake; chain, dates and host name of the certificate are verified unless told otherwise.
///
/// Facts: `latency`, `certificate`.
public struct TLSProbe: Probe {
    /// Where to connect and what to expect.
    public struct Target: Sendable {
        /// A name, an IPv4 or an IPv6 address.
        public var host: String
        /// The port, 1 to 65535; default 443.
        public var port: Int
        /// TLS settings.
        public var tls = TLSOptions()
        /// How many days the certificate must still be valid, or else the target is degraded; nil for any.
        public var minimumDays: Int?
        /// What else to expect.
        public var expectations = Expectations()

        /// Makes a target.
        public init(host: String, port: Int = 443) {
            self.host = host
            self.port = port
        }
    }

    private let target: Target
    private let dialer: Dialer

    /// Checks the target; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        try Dialer.check(host: target.host, port: target.port)
        guard (0...36_500).contains(target.minimumDays ?? 0) else {
            throw ProbeConfigurationError("minimum_days", "must be 0 to 36500")
        }
        self.target = target
        dialer = Dialer(resources: resources, host: target.host, port: target.port, tls: target.tls)
    }

    /// Makes one handshake.
    public func run(timeout: Duration) async -> ProbeResult {
        let dialer = dialer
        let start = ContinuousClock.now
        let outcome = await ProbeRun<Timestamp?>.perform(
            on: dialer.resources.group.next(),
            timeout: timeout,
            phase: dialer.firstPhase
        ) { run in
            dialer.connect(run, timeout: timeout) { channel in
                try channel.pipeline.syncOperations.addHandler(HandshakeEnd(run: run))
            }
        }
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let expiry):
            var facts = ProbeFacts(latency: latency)
            facts.certificateExpiry = expiry
            let result = target.expectations.judge(facts)
            guard result.status == .up, let days = target.minimumDays, let expiry else { return result }
            let left = expiry - facts.now
            guard left < .seconds(days * 86_400) else { return result }
            var short = result
            short.status = .degraded
            short.reason = "the certificate is valid for \(left.words) only; expected \(days)d or more"
            return short
        }
    }

    /// Ends the run when the handshake is done.
    private final class HandshakeEnd: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let run: ProbeRun<Timestamp?>

        init(run: ProbeRun<Timestamp?>) { self.run = run }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted? = event as? TLSUserEvent {
                run.finish(.success(Certificate.expiry(context.channel)))
            }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            run.finish(.failure(NetworkTrouble.failure(error)))
        }
    }
}
