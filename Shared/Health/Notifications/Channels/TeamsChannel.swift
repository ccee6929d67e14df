// SPDX-License-Identifier: Apache-2.0
// Martlet: notifications for Microsoft Teams, by a workflow that waits for webhooks.
public import Platform

/// Posts an Adaptive Card 1.4 to a workflow "When a Teams webhook request is received"; Office 365 connectors are retired.
///
/// Formats: [workflows](https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using)
/// (28 KB a message, four requests a second, 429 beyond), the
/// [request's body](https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook) and
/// [RichTextBlock](https://adaptivecards.io/explorer/RichTextBlock.html), whose text is no Markdown, so that foreign text stays text.
public struct TeamsChannel: NotificationChannel {
    /// What a card may weigh.
    static let mostBytes = 28_000

    private let url: Secret

    /// Makes a channel of the workflow's address, which is a secret; throws `configuration` unless it is https or leads to this machine.
    public init(url: Secret) throws(NotificationError) {
        try WebAddress.check(url.reveal(), field: "url", holdsSecret: true)
        self.url = url
    }

    /// The request that delivers a message.
    public func request(for message: NotificationMessage, now: Timestamp) -> OutgoingRequest {
        let title = message.title.singleLine(bytes: 300)
        var body: [JSONTree] = [
            .object([
                "type": "Container", "style": .text(message.state.cardStyle), "bleed": true,
                "items": .list([Self.line([Self.run(title, isBold: true, size: "Medium")])]),
            ])
        ]
        if !message.summary.isEmpty { body.append(Self.line([Self.run(message.summary.singleLine(bytes: 3_000))])) }
        body += message.facts.map { label, value in
            Self.line([Self.run("\(label): ", isBold: true), Self.run(value)], spacing: "Small")
        }
        let note = "\(message.event.rawValue) · \(message.key.singleLine(bytes: 200))"
        body.append(Self.line([Self.run(note, isSubtle: true)]))
        let actions = message.links.map { text, address in
            JSONTree.object(["type": "Action.OpenUrl", "title": .text(text), "url": .text(address)])
        }
        let card = JSONTree.object([
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "fallbackText": .text(title),
            "body": .list(body),
            "actions": actions.isEmpty ? nil : .list(actions),
            "msteams": .object(["width": "Full"]),
        ])
        let attachment = JSONTree.object([
            "contentType": "application/vnd.microsoft.card.adaptive", "content": card,
        ])
        let post = JSONTree.object(["type": "message", "attachments": .list([attachment])])
        return OutgoingRequest(url: url.reveal(), id: message.id, json: post.bytes)
    }

    /// 200 and 202 are delivered (to the workflow); 429 and 5xx are tried again; 400, 401, 403 and 404 are final.
    public func verdict(on answer: ChannelAnswer, now: Timestamp) -> DeliveryVerdict {
        DeliveryVerdict(answer, service: "Teams", now: now)
    }

    private static func line(_ runs: [JSONTree], spacing: JSONTree? = nil) -> JSONTree {
        .object(["type": "RichTextBlock", "spacing": spacing, "inlines": .list(runs)])
    }

    private static func run(
        _ text: String,
        isBold: Bool = false,
        isSubtle: Bool = false,
        size: JSONTree? = nil
    ) -> JSONTree {
        .object([
            "type": "TextRun", "text": .text(text), "weight": isBold ? "Bolder" : nil, "size": size,
            "isSubtle": isSubtle ? true : nil,
        ])
    }
}
