// SPDX-License-Identifier: Apache-2.0
// Martlet: the public status as one JSON text.

internal import Health
internal import Platform
internal import Web

/// Writes `/status.json`: everything that the public page shows.
struct StatusDocument {
    let configuration: HealthConfiguration
    let picture: Judge.Picture
    let history: HistoryText
    let windows: [MaintenanceWindow]
    /// The backups, if the page shows them.
    let backups: BackupStanding?
    let now: Timestamp

    /// The state of a check as the page shows it.
    static func state(of check: String, _ picture: Judge.Picture) -> CheckState {
        picture.maintenance.contains(check) ? .maintenance : picture.verdicts[check]?.state ?? .unknown
    }

    /// The groups with what belongs to them; checks without a group come last, under `Other`.
    static func groups(_ configuration: HealthConfiguration, public isPublic: Bool) -> [(
        HealthConfiguration.Group, [CheckDefinition]
    )] {
        let shown = configuration.checks.filter { $0.isPublic || !isPublic }
        var groups = configuration.groups.map { group in (group, shown.filter { $0.group == group.id }) }
        let others = shown.filter { $0.group == nil }
        if !others.isEmpty { groups.append((.init(id: "other", name: "Other", rule: .worst), others)) }
        return groups.filter { !$0.1.isEmpty }
    }

    /// A short mark of what people see change: states, incidents, windows and backups. Equal marks within a minute are equal documents,
    /// but for the uptimes, which may be a minute old.
    ///
    /// Reasons change with every finding while something is bad, which is when many look; they are not shown, and not in it.
    var mark: String {
        let shown = Set(configuration.checks.filter(\.isPublic).map(\.id))
        var json = JSONWriter(capacity: 1_024 + shown.count * 48)
        json.array { json in
            for check in configuration.checks where check.isPublic {
                json.string(state(of: check.id).rawValue)
                json.number(picture.verdicts[check.id]?.since.microseconds ?? 0)
            }
            writeIncidents(shown, to: &json)
            for window in windows { window.write(to: &json, at: now, shown: shown.contains) }
            backups?.write(to: &json)
        }
        return ETag.mark(json.buffer)
    }

    /// The state of a check as the page shows it.
    func state(of check: String) -> CheckState { Self.state(of: check, picture) }

    /// Since when the check is in that state: in a window that is its beginning, whatever was found then.
    func since(_ check: CheckDefinition) -> Timestamp? {
        guard picture.maintenance.contains(check.id) else { return picture.verdicts[check.id]?.since }
        return windows.filter { $0.isOpen(at: now) && $0.covers(check.id, group: check.group) }
            .compactMap { $0.occurrence(at: now)?.from }.min()
    }

    /// The worst group's state.
    func overall(of groups: [(HealthConfiguration.Group, [CheckDefinition])]) -> CheckState {
        groups.map { group, checks in group.rule.state(of: checks.map { ($0.id, state(of: $0.id)) }) }.max() ?? .unknown
    }

    func write() -> JSONWriter {
        let groups = Self.groups(configuration, public: true)
        let shown = Set(groups.flatMap { $0.1.map(\.id) })
        var json = JSONWriter(capacity: 4_096 + shown.count * 512)
        json.object { json in
            writePage(&json)
            let states = groups.map { group, checks in
                group.rule.state(of: checks.map { ($0.id, Self.state(of: $0.id, picture)) })
            }
            json.field("status", (states.max() ?? .unknown).rawValue)
            json.field("updated_at", now)
            json.key("groups")
            json.array { json in
                for (place, (group, checks)) in groups.enumerated() { write(group, checks, states[place], to: &json) }
            }
            json.key("incidents")
            json.array { json in writeIncidents(shown, to: &json) }
            json.key("maintenance")
            json.array { json in
                for window in windows { window.write(to: &json, at: now, shown: shown.contains) }
            }
            if let backups {
                json.key("backups")
                backups.write(to: &json)
            }
            json.key("subscriptions")
            json.object { json in
                json.field("email", configuration.subscriptions.offers(.email))
                json.field("webhook", configuration.subscriptions.offers(.webhook))
            }
        }
        return json
    }

    private func writeIncidents(_ shown: Set<String>, to json: inout JSONWriter) {
        for incident in picture.incidents.prefix(100) where shown.contains(incident.check) {
            incident.write(to: &json, isPublic: true, shown: shown.contains)
        }
    }

    private func writePage(_ json: inout JSONWriter) {
        json.key("page")
        json.object { json in
            json.field("title", configuration.page.title)
            json.field("description", configuration.page.description)
            json.field("theme", configuration.page.theme)
            json.field("url", configuration.page.url)
            json.field("support_url", configuration.page.supportURL)
        }
    }

    private func write(
        _ group: HealthConfiguration.Group,
        _ checks: [CheckDefinition],
        _ state: CheckState,
        to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("id", group.id)
            json.field("name", group.name)
            json.field("status", state.rawValue)
            json.key("checks")
            json.array { json in
                for check in checks { write(check, to: &json) }
            }
        }
    }

    private func write(_ check: CheckDefinition, to json: inout JSONWriter) {
        json.object { json in
            json.field("id", check.id)
            json.field("name", check.name)
            json.field("status", Self.state(of: check.id, picture).rawValue)
            json.field("since", since(check))
            json.field("description", check.description)
            history.write(check.id, to: &json)
        }
    }
}

extension MaintenanceWindow {
    /// Writes the window with its present or next occurrence.
    func write(
        to json: inout JSONWriter,
        at now: Timestamp,
        shown: (String) -> Bool = { _ in true },
        full: Bool = false
    ) {
        let occurrence = occurrence(at: now)
        json.object { json in
            json.field("id", id)
            json.field("title", title)
            json.field("starts_at", occurrence?.from)
            json.field("ends_at", occurrence?.to)
            json.field("active", isOpen(at: now))
            json.field("checks", checks.filter(shown))
            json.field("groups", groups)
            guard full else { return }
            json.field("source", isFromFile ? "file" : "api")
            json.field("created_by", createdBy)
            if case .recurring(let cron, let zone, let duration) = times {
                json.field("cron", cron.description)
                json.field("timezone", zone.identifier)
                json.field("duration", duration)
            }
        }
    }
}
