// SPDX-License-Identifier: Apache-2.0
// Martlet: connects to a TCP port, and talks a little if wanted.
internal import NIOCore

/// Connects; may send a text and expect an answer that begins in a certain way.
///
/// Facts: `latency`, `body` (what came). Without an expected prefix the connection alone counts.
public struct TCPProbe: Probe {
    /// Where to connect and what to expect.
    public struct Target: Sendable {
        /// A name, an IPv4 or an IPv6 address.
        public var host: String
        /// The port, 1 to 65535.
        public var port: Int
        /// What to send once connected; nil sends nothing.
        public var send: String?
        /// What the first bytes from the server must be, at most 4,096 bytes; nil waits for nothing.
        public var expectedPrefix: String?
        /// What else to expect.
        public var expectations = Expectations()

        /// Makes a target.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    static let longestPrefix = 4_096

    private let target: Target
    private let dialer: Dialer

    /// Checks the target; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        try Dialer.check(host: target.host, port: target.port)
        guard target.expectedPrefix?.utf8.count ?? 0 <= Self.longestPrefix else {
            throw ProbeConfigurationError("expect", "must be at most 4,096 bytes")
        }
        self.target = target
        dialer = Dialer(resources: resources, host: target.host, port: target.port, tls: nil)
    }

    /// Connects once.
    public func run(timeout: Duration) async -> ProbeResult {
        let (target, dialer) = (target, dialer)
        let start = ContinuousClock.now
        let outcome = await ProbeRun<[UInt8]>.perform(
            on: dialer.resources.group.next(),
            timeout: timeout,
            phase: dialer.firstPhase
        ) { run in
            dialer.connect(run, timeout: timeout) { channel in
                let handler = GreetingHandler(run: run, greeting: target.send, expected: target.expectedPrefix)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let bytes):
            var facts = ProbeFacts(latency: latency)
            facts.document = bytes
            return target.expectations.judge(facts)
        }
    }
}
