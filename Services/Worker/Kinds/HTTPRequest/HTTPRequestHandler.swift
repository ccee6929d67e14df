// SPDX-License-Identifier: Apache-2.0
// Martlet: the kind `http.request`, which delivers a webhook.
internal import AsyncHTTPClient
internal import Jobs
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Platform
internal import Resilience
internal import Tracing

/// Sends one HTTP request, signed by the Standard Webhooks specification, to a host that is vetted first.
///
/// Arguments: `{"url": "https://example.com/hook", "method": "POST", "headers": {}, "body": any JSON or "body_text": "…",
/// "timeout": 30, "secret": "name", "expect_status": [200]}`; all but `url` are optional.
struct HTTPRequestHandler: JobHandler {
    /// Addresses of one host that are tried in one attempt.
    static let mostAddresses = 3

    let policy: AddressPolicy
    let secrets: WebhookSecrets
    let book: AddressBook
    let clients: ClientPool
    let breakers: HostBreakers
    let now: @Sendable () -> Timestamp

    var kind: String { "http.request" }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        let arguments = try HTTPRequestArguments(job)
        let origin = arguments.url.origin
        if let literal = origin.literal { try policy.check([literal], host: origin.host, port: origin.port) }
        let call = job.span?.startChild("HTTP \(arguments.method)", kind: .client)
        defer { call?.end() }
        call?.set("server.address", .string(origin.host))
        // The receiver's own work hangs below the call, where the call is recorded.
        let place = job.trace == nil ? nil : call?.traceContext ?? job.trace
        let request = try makeRequest(job, arguments, place)
        let breaker = breakers.breaker(for: origin)
        let permit = try breakers.permit(breaker)
        let started = ContinuousClock.now
        let answer: HTTPAnswer
        do {
            answer = try await withDeadline(.after(arguments.timeout)) { try await send(request, to: origin) }
        } catch {
            breaker.record(permit, Self.outcome(error))
            call?.fail("\(type(of: error))")
            throw try Self.failure(error, origin: origin, timeout: arguments.timeout)
        }
        breaker.record(permit, AnswerVerdict.outcome(status: answer.status))
        call?.set("http.response.status_code", .int64(Int64(answer.status)))
        if answer.status >= 400 { call?.fail() }
        switch AnswerVerdict(answer, expected: arguments.expectedStatuses, origin: origin, now: now()) {
        case .success: return answer.result(duration: ContinuousClock.now - started)
        case .failure(let failure): throw failure
        }
    }

    /// The job's headers, then Martlet's own; the id of the message is the job's, so that receivers can tell repeats.
    private func makeRequest(
        _ job: JobContext,
        _ arguments: HTTPRequestArguments,
        _ place: TraceContext?
    ) throws(JobFailure) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: arguments.url.text)
        request.method = HTTPMethod(rawValue: arguments.method)
        for (name, value) in arguments.headers { request.headers.add(name: name, value: value) }
        if let type = arguments.contentType, !request.headers.contains(name: "content-type") {
            request.headers.add(name: "content-type", value: type)
        }
        if !request.headers.contains(name: "user-agent") {
            request.headers.add(name: "user-agent", value: "Martlet/\(BuildInfo.version)")
        }
        let timestamp = now().microseconds / 1_000_000
        let id = job.id.description
        request.headers.add(name: "webhook-id", value: id)
        request.headers.add(name: "webhook-timestamp", value: "\(timestamp)")
        if let keys = try keys(arguments.secret) {
            let signatures = WebhookSecrets.signatures(of: keys, id: id, timestamp: timestamp, body: arguments.body)
            request.headers.add(name: "webhook-signature", value: signatures)
        }
        request.headers.add(name: "martlet-job-id", value: id)
        request.headers.add(name: "martlet-epoch", value: "\(job.epoch)")
        request.headers.add(name: "martlet-attempt", value: "\(job.attempt)")
        if let place, !request.headers.contains(name: "traceparent") {
            request.headers.add(name: "traceparent", value: place.traceparent)
            // A state of the job's own belongs to no traceparent.
            request.headers.remove(name: "tracestate")
            if let state = place.tracestate { request.headers.add(name: "tracestate", value: state) }
        }
        if !arguments.body.isEmpty { request.body = .bytes(ByteBuffer(bytes: arguments.body)) }
        return request
    }

    private func keys(_ name: String?) throws(JobFailure) -> [WebhookKey]? {
        guard let name else { return secrets.keys(named: WebhookSecrets.defaultName) }
        guard let keys = secrets.keys(named: name) else {
            throw ArgumentFields.refusal("secret", "there is no secret of this name in MARTLET_WEBHOOK_SECRETS")
        }
        return keys
    }

    private func send(_ request: HTTPClientRequest, to origin: HTTPOrigin) async throws -> HTTPAnswer {
        let addresses: [IPAddress]
        if let literal = origin.literal {
            addresses = [literal]
        } else {
            addresses = try await book.addresses(of: origin.host)
            try policy.check(addresses, host: origin.host, port: origin.port)
        }
        for (index, address) in addresses.prefix(Self.mostAddresses).enumerated() {
            do {
                return try await clients.withClient(origin, at: address) { try await Self.exchange(request, by: $0) }
            } catch
                where TransportTrouble.isBeforeConnection(error) && index + 1 < min(addresses.count, Self.mostAddresses)
            {
                try Task.checkCancellation()
            }
        }
        throw NameResolutionError(reason: "no addresses")
    }

    private static func exchange(_ request: HTTPClientRequest, by client: HTTPClient) async throws -> HTTPAnswer {
        // The caller's deadline cancels this task; the client's own one is only a net below it.
        let response = try await client.execute(
            request,
            timeout: TimeAmount(HTTPRequestArguments.timeouts.upperBound + .seconds(5))
        )
        var body: [UInt8] = []
        for try await chunk in response.body {
            body += chunk.readableBytesView.prefix(HTTPAnswer.mostBytes - body.count)
            if body.count >= HTTPAnswer.mostBytes { break }
        }
        // The body's sequence just ends when the task is cancelled, which must not look like a short answer.
        try Task.checkCancellation()
        return HTTPAnswer(
            status: Int(response.status.code),
            retryAfter: response.headers.first(name: "retry-after"),
            location: response.headers.first(name: "location"),
            body: body
        )
    }

    /// What a failed exchange says about the receiver.
    private static func outcome(_ error: any Error) -> CircuitBreakerState.Outcome {
        switch error {
        case is CancellationError, is JobFailure, is ClientPool.Closed: .ignored
        case let error as HTTPClientError where error == .getConnectionFromPoolTimeout: .ignored
        default: .failure
        }
    }

    /// The error for the engine; throws those that are not failures of the attempt.
    private static func failure(_ error: any Error, origin: HTTPOrigin, timeout: Duration) throws -> JobFailure {
        switch error {
        case let failure as JobFailure: return failure
        case is CancellationError: throw error
        case is ClientPool.Closed: throw JobSnooze(delay: .seconds(1))
        case let error as HTTPClientError where error == .getConnectionFromPoolTimeout:
            // All connections to this host are busy: no fault of the job, which has sent nothing.
            throw JobSnooze(delay: .seconds(1) + .seconds(1) * Double.random(in: 0...1))
        case let error as ResilienceError where error.code == .deadlineExceeded:
            return JobFailure("\(origin): no complete answer within \(ISODuration.format(timeout))")
        default: return JobFailure("\(origin): \(TransportTrouble.describe(error))")
        }
    }
}
