// SPDX-License-Identifier: Apache-2.0
// Martlet: asks an HTTP or HTTPS address and judges the answer.
internal import NIOCore

/// Sends a request over a fresh connection, as a new user would; the name look-up counts.
///
/// Facts: `status`, `header`, `body`, `json`, `latency`, `certificate`. Without conditions: status in 200..299.
public struct HTTPProbe: Probe {
    /// What to ask and what to expect.
    public struct Target: Sendable {
        /// The method; default `GET`.
        public var method = "GET"
        /// The address, `http://` or `https://`.
        public var url: String
        /// Further headers; they replace the probe's own Host, User-Agent and Accept.
        public var headers: [(name: String, value: String)] = []
        /// The body; default none.
        public var body: [UInt8] = []
        /// Whether to follow up to 5 redirects; default false.
        public var followRedirects = false
        /// TLS settings, for `https://`.
        public var tls = TLSOptions()
        /// What to expect.
        public var expectations = Expectations()

        /// Makes a target with defaults for everything but the address.
        public init(url: String) { self.url = url }
    }

    private let fetch: HTTPFetch
    private let expectations: Expectations

    /// Checks the address, the method and the headers; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        let method = target.method.uppercased()
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isToken) else {
            throw ProbeConfigurationError("method", "must be an HTTP method such as GET, HEAD or POST")
        }
        for (name, value) in target.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isToken), !value.utf8.contains(where: Self.isForbidden)
            else {
                throw ProbeConfigurationError(
                    "headers",
                    "\(name.shown) is not a header name, or its value holds a control character"
                )
            }
        }
        fetch = HTTPFetch(
            resources: resources,
            method: method,
            url: try ProbeURL(target.url),
            headers: target.headers,
            body: target.body,
            redirects: target.followRedirects ? HTTPFetch.mostRedirects : 0,
            tls: target.tls
        )
        expectations = target.expectations.orDefault([.successStatus])
    }

    /// Asks once.
    public func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let outcome = await fetch.answer(timeout: timeout)
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let answer):
            var facts = ProbeFacts(latency: latency)
            facts.status = answer.status
            facts.headers = answer.headers
            facts.document = answer.body
            facts.certificateExpiry = answer.certificateExpiry
            return expectations.judge(facts)
        }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func isForbidden(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 9 || byte == 0x7F }
}
