// SPDX-License-Identifier: Apache-2.0
// Martlet: reads those who are told.

internal import Platform

/// Reads receivers.
struct ReceiverReader: Sendable {
    static let kinds = ["webhook", "slack", "teams", "pagerduty", "alertmanager", "email"]

    func receiver(_ fields: MapReader, _ names: inout NameRegister) -> Receiver? {
        let name = fields.requiredText("name", allowed: CheckReader.allowedID)
        if !name.isEmpty, !CheckReader.isID(name) {
            fields.report("name", "\"\(name.prefix(80))\" is no name", allowed: CheckReader.allowedID)
        }
        let isNew = names.add(name, fields)
        let given = Self.kinds.filter(fields.has)
        guard let kind = given.first, given.count == 1 else {
            let allowed = "exactly one of " + Self.kinds.joined(separator: ", ")
            fields.report(
                given.last ?? "name",
                given.isEmpty ? "has no way to be told" : "has two ways",
                allowed: allowed
            )
            return nil
        }
        let receiver = fields.map(kind) { inner -> Receiver? in
            // Every field is read before anything is made: what is not read counts as unknown.
            let tls = kind == "email" ? TLSOptions() : ProbeReader.tls(inner)
            do throws(NotificationError) {
                let way = kind == "email" ? try email(inner) : Receiver.Way.request(try channel(kind, inner), tls)
                return Receiver(name: name, kind: kind, way: way)
            } catch {
                let field = error.field.split(separator: ".").last.map(String.init) ?? "url"
                inner.report(field, "can't be used", allowed: error.message)
                return nil
            }
        }
        return isNew ? receiver : nil
    }

    private func channel(_ kind: String, _ fields: MapReader) throws(NotificationError) -> any NotificationChannel {
        switch kind {
        case "slack":
            return try SlackChannel(url: Secret(fields.requiredText("url", allowed: "an incoming webhook's address")))
        case "teams": return try TeamsChannel(url: Secret(fields.requiredText("url", allowed: "a workflow's address")))
        case "pagerduty":
            let key = Secret(fields.requiredText("routing_key", allowed: "an integration key of Events API v2"))
            guard let url = fields.text("url") else { return try PagerDutyChannel(routingKey: key) }
            return try PagerDutyChannel(routingKey: key, url: url)
        case "alertmanager":
            let labels = Dictionary(fields.textMap("labels").map { ($0.name, $0.value) }) { first, _ in first }
            return try AlertmanagerChannel(
                url: fields.requiredText("url", allowed: "the address of an Alertmanager"),
                labels: labels
            )
        default:
            let url = fields.requiredText("url", allowed: "an http or https address")
            var keys: [WebhookKey] = []
            for text in fields.texts("secrets", allowed: "signing keys, whsec_ and base64") {
                keys.append(
                    try MailServerReader.naming("secrets") { () throws(NotificationError) in
                        try WebhookKey(text)
                    }
                )
            }
            return try WebhookChannel(url: url, keys: keys)
        }
    }

    private func email(_ fields: MapReader) throws(NotificationError) -> Receiver.Way {
        let addresses = fields.texts("to", allowed: "e-mail addresses")
        let (client, from) = try MailServerReader.read(fields)
        let recipients = try MailServerReader.naming("to") { () throws(NotificationError) in
            var recipients: [EmailAddress] = []
            for text in addresses { recipients.append(try EmailAddress(text)) }
            _ = try SMTPEnvelope(sender: from, recipients: recipients)
            return recipients
        }
        return .email(EmailRenderer(from: from), client, recipients)
    }
}
