// SPDX-License-Identifier: Apache-2.0
// Martlet: incidents as alerts of a Prometheus Alertmanager.
public import Platform

/// Posts alerts to an Alertmanager, [API v2](https://prometheus.io/docs/alerting/latest/alerts_api/), `POST /api/v2/alerts`.
///
/// Alertmanager ends an alert that nobody renews, so that each message says until when its alert holds (``validity``); messages of the
/// incident before that time, such as reminders, renew it. The labels tell alerts apart, so they hold only what stays: name, check, group,
/// incident and severity. A message that changes the severity ends the alert of the severity before.
public struct AlertmanagerChannel: NotificationChannel {
    /// How long an alert holds without another message, 4 hours by default; must be longer than the pause between reminders.
    public let validity: Duration
    private let url: String
    private let labels: [String: String]

    /// Makes a channel.
    ///
    /// - Parameters:
    ///   - url: The Alertmanager's address, with its path prefix if it has one.
    ///   - labels: More labels for each alert; names of letters, digits and `_`.
    ///   - validity: 1 minute to 30 days.
    ///
    /// Throws `configuration` when one is wrong.
    public init(
        url: String,
        labels: [String: String] = [:],
        validity: Duration = .seconds(4 * 3600)
    ) throws(NotificationError) {
        try WebAddress.check(url, field: "url", holdsSecret: false)
        for name in labels.keys where !Self.isLabelName(name) || Self.ownLabels.contains(name) {
            throw NotificationError(
                .configuration,
                "labels.\(name.singleLine(bytes: 100))",
                "must be letters, digits and _, not begin with a digit, and be none of \(Self.ownLabels.joined(separator: ", "))"
            )
        }
        guard validity >= .seconds(60), validity <= .seconds(30 * 86_400) else {
            throw NotificationError(.configuration, "validity", "must be 1 minute to 30 days")
        }
        self.url = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/api/v2/alerts"
        self.labels = labels
        self.validity = validity
    }

    /// The request that delivers a message.
    public func request(for message: NotificationMessage, now: Timestamp) -> OutgoingRequest {
        let isOver = message.event == .resolved || message.event == .advisory && message.resolvedAt != nil
        let end = isOver ? message.resolvedAt ?? message.at : max(now, message.at) + validity
        var alerts = [alert(message, severity: message.severity, until: end)]
        if let previous = message.previousSeverity, previous != message.severity {
            alerts.append(alert(message, severity: previous, until: message.at))
        }
        return OutgoingRequest(url: url, id: message.id, json: JSONTree.list(alerts).bytes)
    }

    /// 200 is delivered; 429 and 5xx are tried again; 400 is final.
    public func verdict(on answer: ChannelAnswer, now: Timestamp) -> DeliveryVerdict {
        DeliveryVerdict(answer, service: "Alertmanager", now: now)
    }

    private static let ownLabels = ["alertname", "check", "group", "incident", "severity"]

    private func alert(
        _ message: NotificationMessage,
        severity: NotificationMessage.Severity,
        until end: Timestamp
    ) -> JSONTree {
        var all = labels
        all["alertname"] = "MartletIncident"
        all["check"] = message.check.singleLine(bytes: 500)
        all["group"] = message.group.map { $0.singleLine(bytes: 500) }
        all["incident"] = message.key.singleLine(bytes: 500)
        all["severity"] = severity.rawValue
        var notes = ["summary": message.title.singleLine(bytes: 500), "state": message.state.rawValue]
        notes["description"] = message.summary.singleLine(bytes: 4_000)
        notes["runbook_url"] = message.runbook.flatMap(WebAddress.clean)
        notes["acknowledged_by"] = message.acknowledgedBy.map { $0.singleLine(bytes: 200) }
        notes["root_cause"] = message.rootCause.map { $0.singleLine(bytes: 200) }
        notes["affected"] = message.facts.first { $0.label == "Affected" }?.value
        return .object([
            "labels": .texts(all),
            "annotations": .texts(notes.filter { !$0.value.isEmpty }),
            // An alert that ends before it starts would be refused.
            "startsAt": .text(min(message.startedAt, end).formatted(fractionDigits: 3)),
            "endsAt": .text(end.formatted(fractionDigits: 3)),
            "generatorURL": message.url.flatMap(WebAddress.clean).map(JSONTree.text),
        ])
    }

    private static func isLabelName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.count <= 100
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
                default: false
                }
            }
    }
}
