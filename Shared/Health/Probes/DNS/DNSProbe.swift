// SPDX-License-Identifier: Apache-2.0
// Martlet: asks a DNS server for records and judges the answer.

/// Asks for the records of a name.
///
/// Facts: `rcode`, `answers` (records of the type asked for, as texts), `count`, `latency`. Without conditions: NOERROR
/// and at least one record.
public struct DNSProbe: Probe {
    /// What to ask and what to expect.
    public struct Target: Sendable {
        /// The name; for PTR also an IP address.
        public var name: String
        /// The type; default A.
        public var type: DNSRecordType
        /// Whom to ask; nil takes the servers of `/etc/resolv.conf`.
        public var server: DNSServer?
        /// What to expect.
        public var expectations = Expectations()

        /// Makes a target.
        public init(name: String, type: DNSRecordType = .a, server: DNSServer? = nil) {
            self.name = name
            self.type = type
            self.server = server
        }
    }

    private let question: DNSMessage.Question
    private let server: DNSServer?
    private let client: DNSClient
    private let expectations: Expectations

    /// Checks the name; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        guard let question = DNSClient.question(target.name, target.type) else {
            throw ProbeConfigurationError("name", "must be a domain name: labels of 1 to 63 bytes, 253 in all")
        }
        self.question = question
        server = target.server
        client = DNSClient(resources: resources)
        expectations = target.expectations.orDefault(Self.defaults)
    }

    private static let defaults = [
        Condition(.rcode, .equal, [ConditionOperand(quoted: "NOERROR")], "rcode == NOERROR"),
        Condition(.count, .greater, [ConditionOperand(bare: "0", for: .number)], "count > 0"),
    ]

    /// Asks once.
    public func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let outcome = await client.ask(question, server, timeout)
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let message):
            let answers = message.answers.filter { $0.type == question.type }.map(\.words)
            var facts = ProbeFacts(latency: latency)
            facts.rcode = message.rcodeName
            facts.answers = answers
            facts.count = answers.count
            return expectations.judge(facts)
        }
    }
}
