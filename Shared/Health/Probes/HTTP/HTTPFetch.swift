// SPDX-License-Identifier: Apache-2.0
// Martlet: one HTTP request over a fresh connection, redirects followed if wanted.
internal import NIOCore
internal import NIOHTTP1
internal import Platform

/// Fetches for probes.
struct HTTPFetch: Sendable {
    /// How much of a body is read: 256 KiB.
    static let bodyLimit = 256 * 1_024
    /// How many redirects are followed.
    static let mostRedirects = 5

    /// What came back.
    struct Answer: Sendable {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: [UInt8]
        /// Whether the body is longer than the limit.
        var isCut = false
        var certificateExpiry: Timestamp?
    }

    var resources: ProbeResources
    var method: String
    var url: ProbeURL
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    var redirects: Int
    var tls: TLSOptions
    /// How much of the body is read; 256 KiB by default.
    var limit = bodyLimit
    /// Why the addresses of the host may not be connected to; asked anew for each redirect.
    var refusal: (@Sendable ([SocketAddress]) -> String?)?

    /// The answer, or why there is none; returns by the timeout.
    func answer(timeout: Duration) async -> Result<Answer, ProbeFailure> {
        var request = self
        let deadline = ContinuousClock.now + timeout
        for _ in 0...redirects {
            let outcome = await request.once(timeout: max(deadline - .now, .milliseconds(1)), whole: timeout)
            guard redirects > 0, case .success(let answer) = outcome,
                [301, 302, 303, 307, 308].contains(answer.status),
                let location = answer.headers.first(where: { $0.name == "location" })?.value
            else { return outcome }
            do throws(ProbeConfigurationError) { try request.follow(location, status: answer.status) } catch {
                return .failure(ProbeFailure("a redirect leads to an address that cannot be used: \(error.message)"))
            }
        }
        return .failure(ProbeFailure("more than \(redirects) redirects"))
    }

    private mutating func follow(_ location: String, status: Int) throws(ProbeConfigurationError) {
        let next = try url.following(location)
        if next.origin != url.origin {
            let private_ = ["authorization", "cookie", "proxy-authorization", "host"]
            headers.removeAll { private_.contains($0.name.lowercased()) }
        }
        url = next
        if status == 303 && method != "HEAD" || status < 303 && method == "POST" {
            method = "GET"
            body = []
            headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
    }

    private func once(timeout: Duration, whole: Duration) async -> Result<Answer, ProbeFailure> {
        let dialer = Dialer(
            resources: resources,
            host: url.host,
            port: url.port,
            tls: url.isSecure ? tls : nil,
            refusal: refusal
        )
        let (head, body, isSecure, limit) = (requestHead(), body, url.isSecure, limit)
        return await ProbeRun<Answer>.perform(
            on: resources.group.next(),
            timeout: timeout,
            shown: whole,
            phase: dialer.firstPhase
        ) { run in
            dialer.connect(run, timeout: timeout) { channel in
                try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                try channel.pipeline.syncOperations.addHandler(
                    HTTPAnswerHandler(run: run, head: head, body: body, isSecure: isSecure, limit: limit)
                )
            }
        }
    }

    private func requestHead() -> HTTPRequestHead {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name: name, value: value) }
        func setDefault(_ name: String, _ value: String) {
            if !fields.contains(name: name) { fields.add(name: name, value: value) }
        }
        setDefault("host", url.authority)
        setDefault("user-agent", "martlet-health/1")
        setDefault("accept", "*/*")
        if !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method) {
            fields.replaceOrAdd(name: "content-length", value: "\(body.count)")
        }
        fields.replaceOrAdd(name: "connection", value: "close")
        return HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: method),
            uri: url.target,
            headers: fields
        )
    }
}
