// SPDX-License-Identifier: Apache-2.0
// Martlet: notifications as signed JSON for receivers of one's own.
internal import FoundationEssentials
public import Platform

/// Posts the message as JSON, signed as [Standard Webhooks](https://www.standardwebhooks.com/) says.
///
/// `webhook-id` and `idempotency-key` are the message's id, which repeats bear too; `webhook-timestamp` is the time of the attempt.
public struct WebhookChannel: NotificationChannel {
    private let url: String
    private let keys: [WebhookKey]

    /// Makes a channel; each key signs, so that receivers can change over, and without keys nothing is signed.
    ///
    /// Throws `configuration` when the address is not http or https.
    public init(url: String, keys: [WebhookKey]) throws(NotificationError) {
        try WebAddress.check(url, field: "url", holdsSecret: false)
        self.url = url
        self.keys = keys
    }

    /// The request that delivers a message.
    public func request(for message: NotificationMessage, now: Timestamp) -> OutgoingRequest {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts, times and enumerations can always be written.
        let body = (try? encoder.encode(message)).map(Array.init) ?? []
        var request = OutgoingRequest(url: url, id: message.id, json: body)
        guard !keys.isEmpty else { return request }
        let id = request.header("idempotency-key") ?? ""
        let seconds = now.microseconds / 1_000_000
        request.headers += [
            .init("webhook-id", id), .init("webhook-timestamp", "\(seconds)"),
            .init(
                "webhook-signature",
                keys.map { $0.signature(id: id, timestamp: seconds, body: body) }.joined(separator: " ")
            ),
        ]
        return request
    }

    /// 2xx is delivered; 408, 425, 429 and 5xx are tried again; anything else, such as 410, is final.
    public func verdict(on answer: ChannelAnswer, now: Timestamp) -> DeliveryVerdict {
        DeliveryVerdict(answer, service: WebAddress.origin(of: url), now: now)
    }
}
