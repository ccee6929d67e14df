// SPDX-License-Identifier: Apache-2.0
// Martlet: short HTTP calls to the services that hand out credentials.
internal import NIOCore
internal import NIOHTTP1
internal import Platform
internal import Resilience

/// Calls with a deadline each and few attempts.
struct SourceHTTP: Sendable {
    /// Bytes of an answer.
    static let limit = 256 << 10

    let transport: HTTPTransport
    /// For one attempt.
    let within: Duration
    let attempts: Int

    /// Sends a request; an answer of 5xx or 429, or none, is tried again.
    func send(
        _ method: HTTPMethod,
        _ url: String,
        _ headers: HTTPHeaders = [:],
        _ body: String? = nil
    ) async throws(AWSSourceTrouble) -> HTTPReply {
        let retry = Retry(
            attempts: attempts,
            backoff: .exponential(base: .milliseconds(100), cap: .seconds(2)),
            budget: RetryBudget(ratio: 1, reserve: max(1, attempts))
        )
        let body = body.map { ByteBuffer(string: $0) }
        do {
            return try await retry.run(
                isRetryable: { ($0 as? AWSSourceTrouble)?.isTransient == true },
                operation: { try await once(method, url, headers, body) }
            )
        } catch {
            throw error as? AWSSourceTrouble
                ?? AWSSourceTrouble(message: "the caller was cancelled", isTransient: false)
        }
    }

    private func once(
        _ method: HTTPMethod,
        _ url: String,
        _ headers: HTTPHeaders,
        _ body: ByteBuffer?
    ) async throws(AWSSourceTrouble) -> HTTPReply {
        let reply: HTTPReply
        do throws(HTTPTrouble) {
            reply = try await transport.exchange(
                method,
                url,
                headers: headers,
                body: body,
                within: within,
                limit: Self.limit
            )
        } catch {
            throw AWSSourceTrouble(message: error.message, isTransient: error.isTransient)
        }
        guard reply.status < 500, reply.status != 429 else {
            throw AWSSourceTrouble(message: "it answered \(reply.status)", isTransient: true)
        }
        return reply
    }
}
