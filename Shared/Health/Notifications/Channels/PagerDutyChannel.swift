// SPDX-License-Identifier: Apache-2.0
// Martlet: notifications for PagerDuty's Events API v2.
internal import Crypto
public import Platform

/// Sends events to PagerDuty: trigger, acknowledge and resolve, joined by the incident's key.
///
/// Formats: [Events API v2](https://developer.pagerduty.com/docs/events-api-v2-overview) and
/// [Send an alert event](https://developer.pagerduty.com/docs/send-alert-event): `summary` of at most 1,024 characters, `dedup_key` of at
/// most 255, 512 KB in all; 202 is accepted, 400 is final, 429 and 5xx are to be tried again.
public struct PagerDutyChannel: NotificationChannel {
    private let url: String
    private let routingKey: Secret

    /// Makes a channel of the service's integration key (32 letters and digits); throws `configuration` when either is wrong.
    ///
    /// - Parameter url: `https://events.pagerduty.com/v2/enqueue` by default; accounts of the EU region have `events.eu.pagerduty.com`.
    public init(
        routingKey: Secret,
        url: String = "https://events.pagerduty.com/v2/enqueue"
    ) throws(NotificationError) {
        try WebAddress.check(url, field: "url", holdsSecret: true)
        let key = routingKey.reveal()
        guard key.utf8.count == 32, key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            throw NotificationError(
                .configuration,
                "routing_key",
                "must be an integration key of 32 letters and digits"
            )
        }
        self.url = url
        self.routingKey = routingKey
    }

    /// The request that delivers a message.
    public func request(for message: NotificationMessage, now: Timestamp) -> OutgoingRequest {
        let action: JSONTree =
            switch message.event {
            case .acknowledged: "acknowledge"
            case .resolved: "resolve"
            case .advisory: message.resolvedAt == nil ? "trigger" : "resolve"
            case .opened, .updated, .escalated, .reminder, .reopened, .vanished, .test: "trigger"
            }
        let event = JSONTree.object([
            "routing_key": .text(routingKey.reveal()),
            "event_action": action,
            "dedup_key": .text(Self.dedupKey(message.key)),
            "client": "Martlet",
            "client_url": message.url.flatMap(WebAddress.clean).map(JSONTree.text),
            "links": .list(
                message.links.map { text, address in .object(["href": .text(address), "text": .text(text)]) }
            ),
            "payload": payload(message),
        ])
        return OutgoingRequest(url: url, id: message.id, json: event.bytes)
    }

    /// 202 is delivered; 429 and 5xx are tried again; 400 is final.
    public func verdict(on answer: ChannelAnswer, now: Timestamp) -> DeliveryVerdict {
        DeliveryVerdict(answer, service: "PagerDuty", now: now)
    }

    private func payload(_ message: NotificationMessage) -> JSONTree {
        let title = message.title.singleLine(bytes: 300)
        let line = message.summary.isEmpty ? title : "\(title): \(message.summary)"
        let details = message.facts.map { (name: $0.label, value: JSONTree.text($0.value)) }
        return .object([
            "summary": .text(line.singleLine(bytes: 1_024)),
            "timestamp": .text(message.at.formatted(fractionDigits: 3)),
            // PagerDuty's fourth severity, error, has no counterpart here.
            "severity": .text(message.severity.rawValue),
            "source": .text(message.check.singleLine(bytes: 255)),
            "component": .text(message.check.singleLine(bytes: 255)),
            "group": message.group.map { .text($0.singleLine(bytes: 255)) },
            "class": .text(message.event.rawValue),
            "custom_details": .members(
                details + [(name: "Reason", value: .text(message.summary.singleLine(bytes: 4_000)))]
            ),
        ])
    }

    /// The key itself, or its digest when it is longer than PagerDuty allows.
    private static func dedupKey(_ key: String) -> String {
        guard key.count > 255 else { return key }
        return SHA256.hash(data: Array(key.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
