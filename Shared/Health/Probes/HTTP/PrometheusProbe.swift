// SPDX-License-Identifier: Apache-2.0
// Martlet: asks a Prometheus server for the value of an expression.

/// Evaluates a PromQL expression at the present time.
///
/// Facts: `value` (of the first series), `count` (of series), `latency`, `json`. Without conditions an answer is up.
public struct PrometheusProbe: Probe {
    /// What an expression without any series means.
    public enum Empty: String, Sendable, CaseIterable {
        /// Nothing is known; the default.
        case unknown
        /// All is well: for expressions that only hold in trouble.
        case up
        /// It does not work: for expressions that always have a value.
        case down
    }

    /// What to ask and what to expect.
    public struct Target: Sendable {
        /// The server's address, with the path in front of `/api/v1`, if any.
        public var url: String
        /// The expression.
        public var query: String
        /// What no series means; default unknown.
        public var empty = Empty.unknown
        /// Further headers, such as Authorization.
        public var headers: [(name: String, value: String)] = []
        /// TLS settings, for `https://`.
        public var tls = TLSOptions()
        /// What to expect.
        public var expectations = Expectations()

        /// Makes a target with defaults for the rest.
        public init(url: String, query: String) {
            self.url = url
            self.query = query
        }
    }

    private let fetch: HTTPFetch
    private let empty: Empty
    private let expectations: Expectations

    /// Checks the address and the expression; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        guard !target.query.isEmpty else { throw ProbeConfigurationError("query", "must be a PromQL expression") }
        fetch = HTTPFetch(
            resources: resources,
            method: "GET",
            url: try ProbeURL(target.url).appending("/api/v1/query?query=" + Self.encode(target.query)),
            headers: target.headers,
            body: [],
            redirects: 0,
            tls: target.tls
        )
        empty = target.empty
        expectations = target.expectations
    }

    /// Asks once.
    public func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let outcome = await fetch.answer(timeout: timeout)
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let answer): return judge(answer, latency)
        }
    }

    private func judge(_ answer: HTTPFetch.Answer, _ latency: Duration) -> ProbeResult {
        func down(_ reason: String) -> ProbeResult { ProbeResult(status: .down, reason: reason, latency: latency) }
        let page: JSONValue
        do throws(JSONTrouble) { page = try JSONValue(parsing: answer.body) } catch {
            if answer.isCut { return down("the answer is longer than 256 KiB: the expression gives too many series") }
            return down("HTTP status \(answer.status), and the answer is not JSON: \(error)")
        }
        guard page["status"]?.string == "success" else {
            let text = page["error"]?.string ?? "HTTP status \(answer.status)"
            return down("the query failed: \(text)")
        }
        guard let samples = Self.samples(page["data"]) else {
            return down("the answer's result is neither a vector nor a scalar")
        }
        var facts = ProbeFacts(latency: latency)
        facts.status = answer.status
        facts.document = answer.body
        facts.certificateExpiry = answer.certificateExpiry
        facts.count = samples.count
        facts.value = samples.first
        guard samples.isEmpty, !expectations.areAboutCount else { return expectations.judge(facts) }
        switch empty {
        case .up: return ProbeResult(status: .up, latency: latency)
        case .down: return down("the query gave no series")
        case .unknown: return ProbeResult(status: .unknown, reason: "the query gave no series", latency: latency)
        }
    }

    /// The values of a vector or a scalar; nil for anything else.
    private static func samples(_ data: JSONValue?) -> [Double]? {
        guard let result = data?["result"], case .array(let items) = result else { return nil }
        func value(_ pair: JSONValue?) -> Double? {
            guard case .array(let pair)? = pair, pair.count == 2 else { return nil }
            return pair[1].string.flatMap(number)
        }
        switch data?["resultType"]?.string {
        case "scalar": return value(result).map { [$0] }
        case "vector":
            let values = items.map { value($0["value"]) }
            let known = values.compactMap { $0 }
            return known.count == values.count ? known : nil
        default: return nil
        }
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        default: Double(text)
        }
    }

    private static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
