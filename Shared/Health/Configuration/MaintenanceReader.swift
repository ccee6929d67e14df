// SPDX-License-Identifier: Apache-2.0
// Martlet: reads maintenance windows, from the file and from requests alike.

internal import Platform

/// Reads maintenance windows.
struct MaintenanceReader: Sendable {
    let checks: [String]
    let groups: [String]

    func window(_ fields: MapReader, id: String) -> MaintenanceWindow? {
        let title = fields.requiredText("title", allowed: "what is done, a text")
        let window = MaintenanceWindow(
            id: id,
            title: title,
            times: .once(from: .now(), to: .now()),
            checks: names(fields, "checks", checks),
            groups: names(fields, "groups", groups)
        )
        guard let times = times(fields) else { return nil }
        var result = window
        result.times = times
        return title.isEmpty ? nil : result
    }

    private func names(_ fields: MapReader, _ name: String, _ known: [String]) -> [String] {
        fields.texts(name, allowed: "identifiers").filter { entry in
            if known.contains(entry) { return true }
            let near = NearestName.find(entry, among: known).map { "did you mean \($0)?" } ?? "identifiers of \(name)"
            fields.report(name, "there is no \(entry)", allowed: near)
            return false
        }
    }

    private func times(_ fields: MapReader) -> MaintenanceWindow.Times? {
        if fields.has("cron") {
            let cron = fields.parse("cron", allowed: "a cron expression such as 0 2 * * SUN") {
                try? CronExpression($0)
            }
            let zone =
                fields.parse("timezone", allowed: "a time zone such as Europe/Berlin") {
                    try? TimeZoneRules(identifier: $0)
                }
                ?? .utc
            let range: ClosedRange<Duration> = .seconds(60)...MaintenanceWindow.longest
            let duration = fields.duration("duration", in: range)
            if duration == nil, !fields.has("duration") {
                fields.report("duration", "is missing", allowed: "such as 2h")
            }
            guard let cron, let duration else { return nil }
            return .recurring(cron, zone, duration)
        }
        let allowed = "an RFC 3339 time such as 2026-01-31T08:00:00Z"
        let from = fields.parse("starts_at", allowed: allowed) { Timestamp(rfc3339: $0.utf8) }
        let to = fields.parse("ends_at", allowed: allowed) { Timestamp(rfc3339: $0.utf8) }
        for name in ["starts_at", "ends_at"] where !fields.has(name) {
            fields.report(name, "is missing", allowed: "starts_at and ends_at, or cron and duration")
        }
        guard let from, let to else { return nil }
        guard from < to else {
            fields.report("ends_at", "is not after starts_at", allowed: "a later time")
            return nil
        }
        return .once(from: from, to: to)
    }
}
