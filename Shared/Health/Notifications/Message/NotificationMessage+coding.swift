// SPDX-License-Identifier: Apache-2.0
// Martlet: a notification as JSON: the body of the generic webhook, and what the ledger keeps until it is sent.
internal import Platform

extension NotificationMessage: Codable {
    private enum CodingKeys: String, CodingKey {
        case key, id, event, severity, previousSeverity, state, title, summary, check, group, rootCause, affected
        case startedAt, at, resolvedAt, acknowledgedBy, url, runbook
    }

    /// Reads the JSON form; times are RFC 3339, and what is optional may be absent or null.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            key: try fields.decode(String.self, forKey: .key),
            id: try fields.decode(String.self, forKey: .id),
            event: try fields.decode(Event.self, forKey: .event),
            severity: try fields.decode(Severity.self, forKey: .severity),
            previousSeverity: try fields.decodeIfPresent(Severity.self, forKey: .previousSeverity),
            state: try fields.decode(CheckState.self, forKey: .state),
            title: try fields.decode(String.self, forKey: .title),
            summary: try fields.decode(String.self, forKey: .summary),
            check: try fields.decode(String.self, forKey: .check),
            group: try fields.decodeIfPresent(String.self, forKey: .group),
            rootCause: try fields.decodeIfPresent(String.self, forKey: .rootCause),
            affected: try fields.decodeIfPresent([String].self, forKey: .affected) ?? [],
            startedAt: try fields.decode(TimeText.self, forKey: .startedAt).time,
            at: try fields.decode(TimeText.self, forKey: .at).time,
            resolvedAt: try fields.decodeIfPresent(TimeText.self, forKey: .resolvedAt)?.time,
            acknowledgedBy: try fields.decodeIfPresent(String.self, forKey: .acknowledgedBy),
            url: try fields.decodeIfPresent(String.self, forKey: .url),
            runbook: try fields.decodeIfPresent(String.self, forKey: .runbook)
        )
    }

    /// Writes the JSON form; what is nil is left out.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(key, forKey: .key)
        try fields.encode(id, forKey: .id)
        try fields.encode(event, forKey: .event)
        try fields.encode(severity, forKey: .severity)
        try fields.encodeIfPresent(previousSeverity, forKey: .previousSeverity)
        try fields.encode(state, forKey: .state)
        try fields.encode(title, forKey: .title)
        try fields.encode(summary, forKey: .summary)
        try fields.encode(check, forKey: .check)
        try fields.encodeIfPresent(group, forKey: .group)
        try fields.encodeIfPresent(rootCause, forKey: .rootCause)
        try fields.encode(affected, forKey: .affected)
        try fields.encode(TimeText(time: startedAt), forKey: .startedAt)
        try fields.encode(TimeText(time: at), forKey: .at)
        try fields.encodeIfPresent(resolvedAt.map(TimeText.init), forKey: .resolvedAt)
        try fields.encodeIfPresent(acknowledgedBy, forKey: .acknowledgedBy)
        try fields.encodeIfPresent(url, forKey: .url)
        try fields.encodeIfPresent(runbook, forKey: .runbook)
    }
}
