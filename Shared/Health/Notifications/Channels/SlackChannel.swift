// SPDX-License-Identifier: Apache-2.0
// Martlet: notifications for Slack's incoming webhooks.
public import Platform

/// Posts to a Slack incoming webhook: the title as text, the rest as Block Kit in an attachment whose colour tells the state.
///
/// Formats: [incoming webhooks](https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks),
/// [Block Kit](https://docs.slack.dev/reference/block-kit/blocks) (3,000 characters a text, 10 fields of 2,000),
/// [escaping](https://docs.slack.dev/messaging/formatting-message-text) of `&`, `<` and `>`, so that no text can mention anybody, and
/// [rate limits](https://docs.slack.dev/apis/web-api/rate-limits) (one message a second, 429 with `Retry-After`).
public struct SlackChannel: NotificationChannel {
    private let url: Secret

    /// Makes a channel of the webhook's address, which is a secret; throws `configuration` unless it is https or leads to this machine.
    public init(url: Secret) throws(NotificationError) {
        try WebAddress.check(url.reveal(), field: "url", holdsSecret: true)
        self.url = url
    }

    /// The request that delivers a message.
    public func request(for message: NotificationMessage, now: Timestamp) -> OutgoingRequest {
        let title = Self.escape(message.title, bytes: 300)
        var blocks: [JSONTree] = []
        if !message.summary.isEmpty {
            blocks.append(
                .object(["type": "section", "text": Self.markup(Self.escape(message.summary, bytes: 3_000))])
            )
        }
        let fields = message.facts.prefix(10).map { label, value in
            Self.markup("*\(label)*\n\(Self.escape(value, bytes: 2_000 - label.utf8.count - 3))")
        }
        blocks.append(.object(["type": "section", "fields": .list(fields)]))
        let links = message.links.map { text, address in "<\(Self.escapeMarks(address))|\(text)>" }
        if !links.isEmpty {
            blocks.append(.object(["type": "section", "text": Self.markup(links.joined(separator: "  ·  "))]))
        }
        let note = Self.escape("\(message.event.rawValue) · \(message.key)", bytes: 300)
        blocks.append(.object(["type": "context", "elements": .list([Self.markup(note)])]))
        let body = JSONTree.object([
            "text": .text("*\(title)*"),
            "attachments": .list([.object(["color": .text(message.state.color), "blocks": .list(blocks)])]),
        ])
        return OutgoingRequest(url: url.reveal(), id: message.id, json: body.bytes)
    }

    /// 200 is delivered; 429 and 5xx are tried again; 400, 403, 404 and 410 (a bad payload, a webhook or channel that is gone) are final.
    public func verdict(on answer: ChannelAnswer, now: Timestamp) -> DeliveryVerdict {
        DeliveryVerdict(answer, service: "Slack", now: now)
    }

    /// `verbatim` keeps Slack from making links of names and addresses in foreign text.
    private static func markup(_ text: String) -> JSONTree {
        .object(["type": "mrkdwn", "text": .text(text), "verbatim": true])
    }

    /// One line with Slack's three marks escaped, at most so many bytes; an escape is never cut apart.
    private static func escape(_ text: String, bytes limit: Int) -> String {
        let line = text.singleLine(bytes: limit)
        let escaped = escapeMarks(line)
        guard escaped.utf8.count > limit else { return escaped }
        // Each mark grows by at most four bytes.
        let marks = line.utf8.count { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
        return escapeMarks(line.cut(bytes: max(3, limit - 4 * marks)))
    }

    private static func escapeMarks(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
