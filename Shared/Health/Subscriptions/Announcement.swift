// SPDX-License-Identifier: Apache-2.0
// Martlet: what all subscribers are told at once: public words about public checks.

internal import Crypto
internal import Platform

/// One thing that happened, for everybody who follows it; also the `data` of a webhook.
struct Announcement: Sendable, Equatable, Codable {
    /// What happened.
    enum Event: String, Sendable, Codable {
        case opened, updated, comment, reopened, resolved, maintenance
    }

    /// Who hears of it.
    struct Audience: Sendable, Equatable {
        var checks: [String]
        var groups: [String]
        var isForAll = false
    }

    /// Unique: `incident-42-3`.
    var id: String
    /// The same for all that is said of one incident or window: `incident-42`.
    var thread: String
    var event: Event
    /// `PostgreSQL is DOWN`, or the window's title.
    var title: String
    /// What there is to say.
    var text: String
    /// The names of the public checks that are meant.
    var checks: [String]
    /// When it happened (RFC 3339).
    var at: String
    /// When the trouble or the window began.
    var startedAt: String
    /// When the window will be over.
    var endsAt: String?
    /// Where people read more.
    var url: String?

    private enum CodingKeys: String, CodingKey {
        case id, thread, event, title, text, checks, at, url
        case startedAt = "started_at"
        case endsAt = "ends_at"
    }

    /// `incident.opened`, `maintenance.started`.
    var type: String { event == .maintenance ? "maintenance.started" : "incident.\(event.rawValue)" }

    /// A step of an incident; nil for one that is not for everybody.
    static func of(_ incident: Incident, entry number: Int, _ configuration: HealthConfiguration) -> (
        Announcement, Audience
    )? {
        let shown = Dictionary(configuration.checks.filter(\.isPublic).map { ($0.id, $0) }) { first, _ in first }
        guard let entry = incident.timeline.first(where: { $0.number == number }), entry.isPublic,
            let event = Event(rawValue: entry.kind.rawValue), event != .maintenance, let check = shown[incident.check]
        else { return nil }
        let meant = [check] + incident.affected.compactMap { shown[$0] }
        let announcement = Announcement(
            id: key(incident.id, number),
            thread: "incident-\(incident.id)",
            event: event,
            title: incident.title,
            text: entry.text,
            checks: meant.map(\.name),
            at: entry.at.formatted(fractionDigits: 0),
            startedAt: incident.startedAt.formatted(fractionDigits: 0),
            url: configuration.page.url.map { "\($0)/incidents/\(incident.id)" }
        )
        return (announcement, Audience(checks: meant.map(\.id), groups: meant.compactMap(\.group)))
    }

    /// The begin of a window; nil when none of the public checks is in it.
    static func of(
        _ window: MaintenanceWindow,
        from: Timestamp,
        to: Timestamp,
        _ configuration: HealthConfiguration
    ) -> (Announcement, Audience)? {
        let meant = configuration.checks.filter { $0.isPublic && window.covers($0.id, group: $0.group) }
        guard !meant.isEmpty else { return nil }
        // Windows of the file have no identifier that lasts; what they say does.
        let words = [window.title, "\(from.microseconds)"] + window.checks.sorted() + ["/"] + window.groups.sorted()
        let digest = SHA256.hash(data: Array(words.joined(separator: "\0").utf8))
        let id = "maintenance-" + digest.prefix(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let announcement = Announcement(
            id: id,
            thread: id,
            event: .maintenance,
            title: window.title,
            text: "Planned maintenance has begun.",
            checks: meant.map(\.name),
            at: from.formatted(fractionDigits: 0),
            startedAt: from.formatted(fractionDigits: 0),
            endsAt: to.formatted(fractionDigits: 0),
            url: configuration.page.url
        )
        return (
            announcement,
            Audience(
                checks: meant.map(\.id),
                groups: meant.compactMap(\.group),
                isForAll: window.checks.isEmpty && window.groups.isEmpty
            )
        )
    }

    static func key(_ incident: Int64, _ entry: Int) -> String { "incident-\(incident)-\(entry)" }
}
