// SPDX-License-Identifier: Apache-2.0
// Martlet: calls to AWS services that speak JSON, such as KMS.
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import Platform
internal import Resilience

/// Sends signed calls of the protocol `application/x-amz-json-1.1`.
///
/// ```swift
/// let client = try AWSClient(region: "eu-central-1", credentials: try AWSCredentialChain())
/// let answer = try await client.call(service: "kms", target: "TrentService.Decrypt", body: request)
/// ```
public final class AWSClient: Sendable {
    /// Bytes of an answer.
    static let limit = 1 << 20

    private let region: String
    private let endpoint: String?
    private let credentials: any AWSCredentialProvider
    private let transport: HTTPTransport
    private let timing: HTTPTiming
    private let retry: Retry
    private let now: @Sendable () -> Timestamp

    /// Creates a client; nothing is sent.
    ///
    /// - Parameter endpoint: `https://host[:port]` in place of AWS' own hosts, for all services.
    /// - Throws: `.configuration`.
    public convenience init(
        region: String,
        credentials: any AWSCredentialProvider,
        endpoint: String? = nil,
        timing: HTTPTiming = HTTPTiming()
    ) throws(ObjectStoreError) {
        let retry = Retry(
            attempts: 5,
            backoff: .exponential(base: .milliseconds(200), cap: .seconds(5)),
            budget: RetryBudget(ratio: 0.2, reserve: 20)
        )
        try self.init(
            region: region,
            credentials: credentials,
            endpoint: endpoint,
            timing: timing,
            retry: retry,
            now: { .now() }
        )
    }

    init(
        region: String,
        credentials: any AWSCredentialProvider,
        endpoint: String?,
        timing: HTTPTiming,
        retry: Retry,
        now: @escaping @Sendable () -> Timestamp
    ) throws(ObjectStoreError) {
        (self.region, self.credentials, self.timing, self.retry, self.now) = (region, credentials, timing, retry, now)
        do throws(PlatformError) { transport = try HTTPTransport(timing) } catch {
            throw ObjectStoreError(.configuration, error.message, place: "AWS", cause: error)
        }
        guard AWSPlace.isRegion(region) else {
            throw ObjectStoreError(.configuration, "the region is missing or no region's name", place: "AWS")
        }
        guard let endpoint else {
            self.endpoint = nil
            return
        }
        do throws(TargetURL.Refusal) {
            let url = try TargetURL(reading: endpoint)
            guard url.text == url.origin.description + "/" else {
                throw TargetURL.Refusal(reason: "must not have a path")
            }
            guard S3Endpoint.isAllowed(url.origin) else { throw TargetURL.Refusal(reason: S3Endpoint.clearText) }
            self.endpoint = url.origin.description
        } catch {
            throw ObjectStoreError(.configuration, "the endpoint \(error.reason)", place: "AWS")
        }
    }

    /// Ends the connections.
    public func close() async { await transport.close() }

    /// Sends a call.
    ///
    /// - Parameters:
    ///   - service: As in the signature and the host: `kms`.
    ///   - target: `X-Amz-Target`, such as `TrentService.GenerateDataKey`.
    ///   - body: JSON.
    /// - Returns: The answer's JSON.
    /// - Throws: `.denied`, `.notFound`, `.damaged` (KMS: the ciphertext isn't valid), `.unavailable`, `.configuration`,
    ///   `.cancelled`, with the service's code and message.
    public func call(service: String, target: String, body: [UInt8]) async throws(ObjectStoreError) -> [UInt8] {
        do {
            return try await retry.run(
                deadline: .after(timing.call),
                isRetryable: { ($0 as? AWSFailure)?.isTransient == true },
                operation: { try await attempt(service, target, body) }
            )
        } catch {
            throw (error as? AWSFailure)?.error
                ?? ObjectStoreError(.cancelled, "the caller was cancelled", place: place(service))
        }
    }

    private func attempt(_ service: String, _ target: String, _ body: [UInt8]) async throws(AWSFailure) -> [UInt8] {
        let credentials: AWSCredentials
        do throws(ObjectStoreError) { credentials = try await self.credentials.current() } catch {
            let own = ObjectStoreError(error.code, error.message, place: place(service), cause: error)
            throw AWSFailure(own, isTransient: false)
        }
        let parts = endpoint?.split(separator: "/") ?? []
        var request = AWSRequest(
            method: .POST,
            scheme: parts.first.map { String($0.dropLast()) } ?? "https",
            host: parts.last.map { String($0) } ?? AWSPlace.host(service, region),
            path: "/",
            payload: PayloadDigest(of: body).hex
        )
        request.headers = ["content-type": "application/x-amz-json-1.1", "x-amz-target": target]
        let signature = AWSSignature(credentials: credentials, region: region, service: service)
        signature.sign(&request, at: now(), withPayloadHeader: false)
        let reply: HTTPReply
        do throws(HTTPTrouble) {
            reply = try await transport.exchange(
                .POST,
                request.url,
                headers: request.headers,
                body: ByteBuffer(bytes: body),
                within: timing.attempt,
                limit: Self.limit
            )
        } catch {
            throw AWSFailure(error, key: nil, place: place(service))
        }
        guard reply.isSuccess else {
            let failure = AWSErrorAnswer.failure(reply, place(service))
            if failure.error.code == .denied, failure.isTransient { self.credentials.forget(credentials) }
            throw failure
        }
        return reply.body
    }

    private func place(_ service: String) -> String { "\(service).\(region)" }
}
