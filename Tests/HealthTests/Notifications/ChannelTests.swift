// SPDX-License-Identifier: Apache-2.0
// Martlet: the requests of each channel, and what answers mean.

import Crypto
import FoundationEssentials
import Health
import Platform
import Testing

@Suite struct ChannelTests {
    private let now = time("2026-01-31T08:06:00Z")
    private let slack = Secret("https://hooks.slack.com/services/T0/B0/s3cret")
    private let teams = Secret("https://prod-1.westeurope.logic.azure.com/workflows/x?sig=s3cret")
    private let key = Secret("0123456789abcdef0123456789abcdef")

    private func channels() throws -> [any NotificationChannel] {
        [
            try WebhookChannel(url: "https://hook.example/in", keys: [WebhookKey("whsec_" + secret)]),
            try SlackChannel(url: slack), try TeamsChannel(url: teams), try PagerDutyChannel(routingKey: key),
            try AlertmanagerChannel(url: "http://am.example:9093/prefix/"),
        ]
    }

    private let secret = Data(repeating: 7, count: 32).base64EncodedString()

    @Test func everyChannelPostsJSONAndHidesSecrets() throws {
        for channel in try channels() {
            for event in NotificationMessage.Event.allCases {
                let message = sampleMessage(event)
                let request = channel.request(for: message, now: now)
                #expect(request.method == "POST" && request.header("content-type") == "application/json")
                #expect(request.header("idempotency-key") == message.id)
                _ = try Tree.read(request.body)
                #expect(request == channel.request(for: message, now: now))
                for text in ["\(request)", String(reflecting: request)] { #expect(!text.contains("s3cret")) }
            }
        }
    }

    @Test func hostileTextBreaksNothing() throws {
        for channel in try channels() {
            let request = channel.request(for: hostileMessage(), now: now)
            _ = try Tree.read(request.body)
            let text = String(decoding: request.body, as: UTF8.self)
            #expect(channel is WebhookChannel || !text.contains("javascript:"))
            #expect(channel is WebhookChannel || !text.contains("\u{202E}"))
            #expect(request.headers.allSatisfy { $0.value.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
        }
    }

    // MARK: Webhook

    @Test func webhookIsSignedAsStandardWebhooksSays() throws {
        let channel = try WebhookChannel(
            url: "https://hook.example/in",
            keys: [WebhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), WebhookKey("whsec_" + secret)]
        )
        let request = channel.request(for: sampleMessage(), now: now)
        #expect(request.header("webhook-id") == "42-opened-1" && request.header("webhook-timestamp") == "1769846760")
        let signatures = try #require(request.header("webhook-signature")).split(separator: " ")
        let keys = try ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", secret].map { try #require(Data(base64Encoded: $0)) }
        for (signature, key) in zip(signatures, keys) {
            let signed = Data("42-opened-1.1769846760.".utf8) + Data(request.body)
            let expected = Data(HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key)))
            #expect(signature == "v1," + expected.base64EncodedString())
        }
        #expect(signatures.count == 2)
        let decoded = try JSONDecoder().decode(NotificationMessage.self, from: Data(request.body))
        #expect(decoded == sampleMessage())
        #expect(try Tree.read(request.body)["startedAt"].text == "2026-01-31T08:00:00.000000Z")
    }

    @Test func webhookWithoutKeysIsNotSigned() throws {
        let request = try WebhookChannel(url: "http://127.0.0.1:1/", keys: []).request(for: sampleMessage(), now: now)
        #expect(request.header("webhook-signature") == nil && request.header("idempotency-key") == "42-opened-1")
    }

    @Test(arguments: ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!"])
    func badKeysAreRefusedWithoutBeingShown(text: String) {
        let error = #expect(throws: NotificationError.self) { try WebhookKey(text) }
        #expect(error?.description == "secret must be whsec_ and the base64 of 24 to 64 bytes")
    }

    // MARK: Slack

    @Test func slackMessage() throws {
        let request = try SlackChannel(url: slack).request(for: sampleMessage(), now: now)
        #expect(request.url == slack.reveal())
        let body = try Tree.read(request.body)
        #expect(body["text"].text == "*postgres is DOWN*")
        let attachment = body["attachments"][0]
        #expect(attachment["color"].text == "#d6323a")
        #expect(attachment["blocks"].list.map { $0["type"].text } == ["section", "section", "section", "context"])
        #expect(attachment["blocks"][1]["fields"][0]["text"].text == "*Check*\npostgres")
        #expect(
            attachment["blocks"][2]["text"]["text"].text
                == "<https://martlet.example/incidents/42|Open incident>  ·  <https://martlet.example/runbooks/postgres|Runbook>"
        )
    }

    @Test func slackKeepsItsLimitsAndEscapes() throws {
        var message = hostileMessage()
        message.summary = String(repeating: "<", count: 5_000)
        for summary in [message.summary, hostileMessage().summary, String(repeating: "é", count: 5_000)] {
            message.summary = summary
            let body = try Tree.read(try SlackChannel(url: slack).request(for: message, now: now).body)
            let blocks = body["attachments"][0]["blocks"]
            for object in blocks.objects where object["type"]?.text == "mrkdwn" {
                let text = object["text"]?.text ?? ""
                #expect((1...3_000).contains(text.count) && object["verbatim"] == .flag(true))
                #expect(!text.contains("<!"))
                #expect(
                    text.split(separator: "&").dropFirst().allSatisfy { part in
                        ["amp;", "lt;", "gt;"].contains { part.hasPrefix($0) }
                    }
                )
            }
            for block in blocks.list {
                #expect(block["fields"].list.count <= 10)
                for field in block["fields"].list { #expect((field["text"].text?.count ?? 0) <= 2_000) }
            }
            #expect(body["text"].text?.count ?? 0 <= 400)
            #expect(blocks.list.contains { $0["text"]["text"].text == "<https://x.example/a%7Cb%3Ec|Runbook>" })
        }
    }

    // MARK: Teams

    @Test func teamsCard() throws {
        let body = try Tree.read(try TeamsChannel(url: teams).request(for: sampleMessage(), now: now).body)
        #expect(body["type"].text == "message")
        let attachment = body["attachments"][0]
        #expect(attachment["contentType"].text == "application/vnd.microsoft.card.adaptive")
        let card = attachment["content"]
        #expect(card["type"].text == "AdaptiveCard" && card["version"].text == "1.4")
        #expect(card["body"][0]["style"].text == "attention")
        #expect(card["body"][0]["items"][0]["inlines"][0]["text"].text == "postgres is DOWN")
        #expect(card["actions"][0]["url"].text == "https://martlet.example/incidents/42")
        // No element reads Markdown.
        #expect(card.objects.allSatisfy { $0["type"]?.text != "TextBlock" && $0["type"]?.text != "FactSet" })
        let big = try TeamsChannel(url: teams).request(for: hostileMessage(), now: now)
        #expect(big.body.count <= 28_000)
    }

    // MARK: PagerDuty

    @Test(arguments: [
        (NotificationMessage.Event.opened, "trigger"), (.updated, "trigger"), (.escalated, "trigger"),
        (.reminder, "trigger"), (.reopened, "trigger"), (.acknowledged, "acknowledge"), (.resolved, "resolve"),
    ]) func pagerDuty(event: NotificationMessage.Event, action: String) throws {
        let request = try PagerDutyChannel(routingKey: key).request(for: sampleMessage(event), now: now)
        #expect(request.url == "https://events.pagerduty.com/v2/enqueue")
        let body = try Tree.read(request.body)
        #expect(body["event_action"].text == action && body["dedup_key"].text == "martlet-incident-42")
        #expect(body["routing_key"].text == key.reveal())
        let payload = body["payload"]
        #expect(payload["summary"].text?.hasSuffix(": connection refused") == true)
        #expect(payload["severity"].text == "critical" && payload["source"].text == "postgres")
        #expect(payload["timestamp"].text == "2026-01-31T08:05:00.000Z" && payload["group"].text == "databases")
        #expect(payload["custom_details"]["Affected"].text == "api, worker")
        #expect(body["links"][1]["href"].text == "https://martlet.example/runbooks/postgres")
    }

    @Test func pagerDutyKeepsItsLimits() throws {
        let channel = try PagerDutyChannel(routingKey: key)
        let body = try Tree.read(channel.request(for: hostileMessage(), now: now).body)
        #expect((body["payload"]["summary"].text ?? "").count <= 1_024)
        #expect(body["dedup_key"].text?.count == 64)
        #expect(channel.request(for: hostileMessage(), now: now).body.count < 512_000)
        #expect(body["client_url"] == .null)
    }

    // MARK: Alertmanager

    @Test func alertmanagerAlerts() throws {
        let channel = try AlertmanagerChannel(url: "http://am.example:9093/prefix/", labels: ["team": "db"])
        let request = channel.request(for: sampleMessage(), now: now)
        #expect(request.url == "http://am.example:9093/prefix/api/v2/alerts")
        let alert = try Tree.read(request.body)[0]
        #expect(alert["labels"].names == ["alertname", "check", "group", "incident", "severity", "team"])
        #expect(
            alert["startsAt"].text == "2026-01-31T08:00:00.000Z" && alert["endsAt"].text == "2026-01-31T12:06:00.000Z"
        )
        let end = try Tree.read(channel.request(for: sampleMessage(.resolved), now: now).body)[0]
        #expect(end["endsAt"].text == "2026-01-31T08:05:00.000Z" && end["labels"] == alert["labels"])
        var worse = sampleMessage(.updated)
        worse.previousSeverity = .warning
        let both = try Tree.read(channel.request(for: worse, now: now).body)
        #expect(both.list.count == 2 && both[1]["labels"]["severity"].text == "warning")
        #expect(both[1]["endsAt"].text == "2026-01-31T08:05:00.000Z")
    }

    // MARK: Settings and answers

    @Test(arguments: [
        "", "ftp://a.example", "https://", "https://u:p@a.example/", "https://a b/", "https:///x", "https://[]/",
        "https://a.example\\@evil/", "https://é.example", "http://a.example/secret",
        "https://a.example/" + String(repeating: "x", count: 2_048),
    ]) func badAddressesAreRefused(url: String) {
        let error = #expect(throws: NotificationError.self) { try SlackChannel(url: Secret(url)) }
        #expect(error?.field == "url" && error?.code == .configuration)
    }

    @Test func settingsAreChecked() throws {
        #expect(throws: NotificationError.self) { try PagerDutyChannel(routingKey: Secret("short")) }
        #expect(throws: NotificationError.self) { try AlertmanagerChannel(url: "http://a/", labels: ["a-b": "c"]) }
        #expect(throws: NotificationError.self) { try AlertmanagerChannel(url: "http://a/", labels: ["severity": "c"]) }
        #expect(throws: NotificationError.self) { try AlertmanagerChannel(url: "http://a/", validity: .seconds(1)) }
        _ = try SlackChannel(url: Secret("http://127.0.0.1:8080/x"))
    }

    @Test(arguments: [200, 202, 204, 301, 302, 400, 401, 403, 404, 408, 410, 425, 429, 500, 503])
    func answers(status: Int) throws {
        for channel in try channels() {
            let verdict = channel.verdict(on: .init(status: status, body: Array("no_service\n".utf8)), now: now)
            switch (status, verdict) {
            case (200..<300, .delivered): break
            case (302, .retry(let pause, let reason)), (408, .retry(let pause, let reason)),
                (425, .retry(let pause, let reason)), (429, .retry(let pause, let reason)),
                (500..., .retry(let pause, let reason)):
                #expect(pause == nil && reason.hasSuffix("answered \(status): no_service "))
            case (_, .rejected(let reason)):
                #expect([301, 400, 401, 403, 404, 410].contains(status) && reason.contains("\(status)"))
            default: Issue.record("\(status): \(verdict)")
            }
        }
    }

    @Test(
        arguments: [
            ("30", 30), ("0", 0), ("Sat, 31 Jan 2026 08:07:00 GMT", 60), ("Sat, 31 Jan 2026 08:00:00 GMT", 0),
            ("99999999999999999999", 3_600), ("7200", 3_600), ("soon", nil), ("-5", nil), ("", nil),
        ] as [(String, Int?)]
    ) func retryAfter(text: String, seconds: Int?) throws {
        let verdict = try SlackChannel(url: slack).verdict(on: .init(status: 429, retryAfter: text), now: now)
        #expect(verdict == .retry(after: seconds.map { .seconds($0) }, reason: "Slack answered 429"))
    }
}
