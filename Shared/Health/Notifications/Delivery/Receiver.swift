// SPDX-License-Identifier: Apache-2.0
// Martlet: somebody who is told, and the way to them.

internal import Platform

/// Somebody who is told, and the way to them.
public struct Receiver: Sendable {
    /// The way.
    enum Way: Sendable {
        case request(any NotificationChannel, TLSOptions)
        case email(EmailRenderer, SMTPClient, [EmailAddress])
    }

    /// The name that routes use.
    public let name: String
    /// `webhook`, `slack`, `teams`, `pagerduty`, `alertmanager` or `email`.
    public let kind: String
    let way: Way

    /// How long one delivery may take.
    static let timeout: Duration = .seconds(20)

    /// Tells; never throws.
    func deliver(_ message: NotificationMessage, over resources: ProbeResources) async -> DeliveryVerdict {
        switch way {
        case .request(let channel, let tls): await Self.send(message, channel, tls, resources)
        case .email(let renderer, let client, let recipients): await Self.send(message, renderer, client, recipients)
        }
    }

    private static func send(
        _ message: NotificationMessage,
        _ channel: any NotificationChannel,
        _ tls: TLSOptions,
        _ resources: ProbeResources
    ) async -> DeliveryVerdict {
        let request = channel.request(for: message, now: .now())
        let fetch: HTTPFetch
        do throws(ProbeConfigurationError) {
            fetch = HTTPFetch(
                resources: resources,
                method: request.method,
                url: try ProbeURL(request.url),
                headers: request.headers.map { ($0.name, $0.value) },
                body: request.body,
                redirects: 0,
                tls: tls
            )
        } catch {
            return .rejected(reason: error.message)
        }
        switch await fetch.answer(timeout: timeout) {
        case .failure(let failure): return .retry(after: nil, reason: failure.reason)
        case .success(let answer):
            let pause = answer.headers.first { $0.name == "retry-after" }?.value
            let seen = ChannelAnswer(status: answer.status, retryAfter: pause, body: answer.body)
            return channel.verdict(on: seen, now: .now())
        }
    }

    private static func send(
        _ message: NotificationMessage,
        _ renderer: EmailRenderer,
        _ client: SMTPClient,
        _ recipients: [EmailAddress]
    ) async -> DeliveryVerdict {
        let (mail, envelope): ([UInt8], SMTPEnvelope)
        do throws(NotificationError) {
            let email = try renderer.email(for: message, to: recipients)
            (mail, envelope) = (email.rendered(), try SMTPEnvelope(sender: email.from, recipients: recipients))
        } catch {
            return .rejected(reason: "\(error)")
        }
        switch await client.send(mail, envelope: envelope, timeout: timeout) {
        case .delivered(let refused):
            guard !refused.isEmpty, refused.count == recipients.count else { return .delivered }
            return .rejected(reason: refused.map { "\($0.address): \($0.reason)" }.joined(separator: "; "))
        case .retry(let reason), .noRecipient(let reason, isRetryable: true): return .retry(after: nil, reason: reason)
        case .rejected(let reason), .noRecipient(let reason, isRetryable: false): return .rejected(reason: reason)
        }
    }
}
