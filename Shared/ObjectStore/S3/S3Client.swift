// SPDX-License-Identifier: Apache-2.0
// Martlet: sends signed requests to one bucket, and tries again where that makes sense.
internal import NIOCore
internal import NIOHTTP1
internal import Platform
internal import Resilience

/// The bucket's connections, credentials and patience.
final class S3Client: Sendable {
    let settings: S3Settings
    let endpoint: S3Endpoint
    private let credentials: any AWSCredentialProvider
    private let transport: HTTPTransport
    private let retry: Retry
    let now: @Sendable () -> Timestamp

    init(
        _ settings: S3Settings,
        credentials: any AWSCredentialProvider,
        retry: Retry? = nil,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) throws(ObjectStoreError) {
        self.settings = settings
        self.credentials = credentials
        self.now = now
        endpoint = try S3Endpoint(settings)
        self.retry =
            retry
            ?? Retry(
                attempts: 8,
                backoff: .exponential(base: .milliseconds(200), cap: .seconds(20)),
                budget: RetryBudget(ratio: 0.2, reserve: 40)
            )
        do throws(PlatformError) { transport = try HTTPTransport(settings.timing, caFile: settings.caFile) } catch {
            throw ObjectStoreError(.configuration, error.message, place: settings.place, cause: error)
        }
    }

    func close() async { await transport.close() }

    /// Sends a call until it succeeds, or trying again makes no sense any more.
    func send(_ call: S3Call) async throws(AWSFailure) -> HTTPReply {
        let timing = settings.timing
        let within = max(timing.call, timing.attempt(bytes: call.body?.readableBytes ?? 0))
        var attempts = 0
        do {
            return try await retry.run(
                deadline: .after(within),
                isRetryable: { ($0 as? AWSFailure)?.isTransient == true && call.isSpoiled?() != true },
                operation: {
                    attempts += 1
                    return try await attempt(call)
                }
            )
        } catch {
            guard var failure = error as? AWSFailure else {
                throw AWSFailure(.cancelled, key: call.key, place: settings.place)
            }
            failure.attempts = attempts
            if failure.isTransient, attempts > 1 { failure.error = failure.error.after(attempts) }
            throw failure
        }
    }

    private func attempt(_ call: S3Call) async throws(AWSFailure) -> HTTPReply {
        let (request, credentials) = try await signed(call)
        let bytes = (call.body?.readableBytes ?? 0) + (call.receive == nil ? 0 : call.limit)
        let reply: HTTPReply
        do throws(HTTPTrouble) {
            reply = try await transport.exchange(
                request.method,
                request.url,
                headers: request.headers,
                body: call.body,
                within: settings.timing.attempt(bytes: bytes),
                limit: call.limit,
                receive: call.receive
            )
        } catch {
            throw AWSFailure(error, key: call.key, place: settings.place)
        }
        guard reply.isSuccess else {
            let failure = AWSFailure(reply, key: call.key, place: settings.place, now: now())
            if failure.error.code == .denied, failure.isTransient { self.credentials.forget(credentials) }
            throw failure
        }
        try call.verify?(reply)
        return reply
    }

    private func signed(_ call: S3Call) async throws(AWSFailure) -> (AWSRequest, AWSCredentials) {
        let credentials: AWSCredentials
        do throws(ObjectStoreError) { credentials = try await self.credentials.current() } catch {
            // The provider has tried what makes sense by itself.
            let own = ObjectStoreError(
                error.code,
                error.message,
                key: call.key,
                place: settings.place,
                cause: error
            )
            throw AWSFailure(own, isTransient: false)
        }
        var request = AWSRequest(
            method: call.method,
            scheme: endpoint.scheme,
            host: endpoint.host,
            path: endpoint.path(call.key.map { name($0) }),
            query: call.query,
            payload: call.digest.hex
        )
        for (name, value) in call.headers { request.headers.add(name: name, value: value) }
        let signature = AWSSignature(credentials: credentials, region: settings.region, service: "s3")
        signature.sign(&request, at: now(), withPayloadHeader: true)
        return (request, credentials)
    }

    /// The name in the bucket.
    func name(_ key: ObjectKey) -> String { name(prefix: key.description) }

    /// The beginning of names in the bucket.
    func name(prefix: String) -> String { settings.prefix.isEmpty ? prefix : "\(settings.prefix)/\(prefix)" }

    /// The key of a name in the bucket; nil for what isn't ours.
    func key(_ name: String) -> ObjectKey? {
        guard !settings.prefix.isEmpty else { return ObjectKey(name) }
        let start = settings.prefix + "/"
        return name.hasPrefix(start) ? ObjectKey(String(name.dropFirst(start.count))) : nil
    }

    /// An error about this bucket.
    func error(_ code: ObjectStoreError.Code, _ message: String, _ key: ObjectKey? = nil) -> ObjectStoreError {
        ObjectStoreError(code, message, key: key, place: settings.place)
    }
}

extension ObjectStoreError {
    /// The same after several attempts.
    fileprivate func after(_ attempts: Int) -> ObjectStoreError {
        ObjectStoreError(code, "\(message), \(attempts) attempts", key: key, place: place, cause: cause)
    }
}
