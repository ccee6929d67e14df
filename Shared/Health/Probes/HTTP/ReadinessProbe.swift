// SPDX-License-Identifier: Apache-2.0
// Martlet: asks a service for its own view of its health and takes it apart.

/// Gets the readiness page of a Martlet service: `{"status":"UP|DEGRADED|DOWN","checks":{name:{"status":…}}}`.
///
/// The page's checks become ``ProbeResult/parts``. An answer that is not of this form is down.
public struct ReadinessProbe: Probe {
    /// Where the page is.
    public struct Target: Sendable {
        /// The address; a bare server address gets the path `/health/ready`.
        public var url: String
        /// TLS settings, for `https://`.
        public var tls = TLSOptions()

        /// Makes a target.
        public init(url: String) { self.url = url }
    }

    /// How many parts are kept.
    static let mostParts = 100

    private let fetch: HTTPFetch

    /// Checks the address; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        let url = try ProbeURL(target.url)
        fetch = HTTPFetch(
            resources: resources,
            method: "GET",
            url: url.target == "/" ? url.appending("/health/ready") : url,
            headers: [("accept", "application/json")],
            body: [],
            redirects: 0,
            tls: target.tls
        )
    }

    /// Asks once.
    public func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let outcome = await fetch.answer(timeout: timeout)
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let answer):
            var result = Self.judge(answer, latency)
            result.certificateExpiry = answer.certificateExpiry
            return result
        }
    }

    private static func judge(_ answer: HTTPFetch.Answer, _ latency: Duration) -> ProbeResult {
        func down(_ reason: String) -> ProbeResult { ProbeResult(status: .down, reason: reason, latency: latency) }
        guard answer.status == 200 || answer.status == 503 else { return down("HTTP status \(answer.status)") }
        guard !answer.isCut else { return down("the readiness page is longer than 256 KiB") }
        let page: JSONValue
        do throws(JSONTrouble) { page = try JSONValue(parsing: answer.body) } catch {
            return down("HTTP status \(answer.status), and the readiness page is not JSON: \(error)")
        }
        guard let text = page["status"]?.string, let status = status(text) else {
            return down("HTTP status \(answer.status), and the readiness page has no status of UP, DEGRADED or DOWN")
        }
        guard let parts = parts(page) else {
            return down("the readiness page's checks are not of the form {name: {\"status\": …}}")
        }
        // Whatever the page says, a load balancer goes by the code.
        let worst = answer.status == 503 ? .down : status
        return ProbeResult(
            status: worst,
            reason: worst == .up ? nil : reason(worst, text, parts, page),
            latency: latency,
            parts: parts
        )
    }

    private static func parts(_ page: JSONValue) -> [ProbeResult.Part]? {
        guard let checks = page["checks"] else { return [] }
        guard case .object(let members) = checks else { return nil }
        var parts: [ProbeResult.Part] = []
        for member in members.prefix(mostParts) {
            let (name, check) = (member.name, member.value)
            guard let text = check["status"]?.string, let status = status(text) else { return nil }
            let error = check["error"]?.string ?? check["details"]?["error"]?.string
            let reason = status == .up ? nil : (error ?? text).oneLine(limit: 200)
            parts.append(ProbeResult.Part(name: name.oneLine(limit: 100), status: status, reason: reason))
        }
        return parts
    }

    private static func reason(
        _ status: ProbeResult.Status,
        _ text: String,
        _ parts: [ProbeResult.Part],
        _ page: JSONValue
    ) -> String {
        let bad = parts.filter { $0.status != .up }.sorted { $0.status == .down && $1.status != .down }
        if bad.isEmpty, let phase = page["phase"]?.string { return "the service says \(text): it is \(phase)" }
        if bad.isEmpty { return "the service says \(text) and names no check" }
        return "the service says \(text): "
            + bad.map { "\($0.name): \($0.reason ?? $0.status.rawValue)" }
            .joined(separator: "; ")
    }

    private static func status(_ text: String) -> ProbeResult.Status? {
        switch text {
        case "UP": .up
        case "DEGRADED": .degraded
        case "DOWN": .down
        default: nil
        }
    }
}
