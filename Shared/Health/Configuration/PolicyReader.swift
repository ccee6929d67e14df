// SPDX-License-Identifier: Apache-2.0
// Martlet: reads who is told what: routes, quiet hours, escalation and on-call schedules.

internal import Platform

/// Reads routes and schedules.
struct PolicyReader: Sendable {
    /// The names of all receivers, of those that are wrong too.
    let receivers: [String]

    func policy(_ map: MapReader) -> NotificationPolicy {
        var (scheduleNames, routeNames) = (
            NameRegister("schedule", field: "name"), NameRegister("route", field: "name")
        )
        let found = map.maps("on_call") { schedule($0, &scheduleNames) }
        let schedules = Dictionary(found.map { ($0.0, $0.1) }) { first, _ in first }
        var routes = map.maps("routes") { fields in
            route(fields, scheduleNames.names).flatMap { routeNames.add($0.name, fields) ? $0 : nil }
        }
        if routes.isEmpty, !map.has("routes"), !receivers.isEmpty {
            // Who is named is told of everything.
            routes = [NotificationRoute(name: "all", targets: receivers.map(NotificationTarget.receiver))]
        }
        // What is wrong with a schedule was said: routes that name it are not to blame.
        guard scheduleNames.names.allSatisfy({ schedules[$0] != nil }) else { return Self.silent }
        do throws(NotificationError) { return try NotificationPolicy(routes: routes, schedules: schedules) } catch {
            map.report("routes", error.field + " can't be used", allowed: error.message)
            return Self.silent
        }
    }

    /// Tells nobody: what is used in place of a wrong one until the problems are reported.
    private static let silent: NotificationPolicy = {
        do { return try NotificationPolicy(routes: []) } catch { preconditionFailure("no routes are always allowed") }
    }()

    private func route(_ fields: MapReader, _ schedules: [String]) -> NotificationRoute? {
        let name = fields.requiredText("name", allowed: CheckReader.allowedID)
        var matcher = NotificationMatcher()
        fields.map("match") { inner in
            let severities = inner.texts("severity", allowed: "critical, warning or info")
            if !severities.isEmpty { matcher.severities = Set(severities.compactMap { choice($0, "severity", inner) }) }
            let events = inner.texts("event", allowed: "opened, resolved and so on")
            if !events.isEmpty { matcher.events = Set(events.compactMap { choice($0, "event", inner) }) }
            let groups = inner.texts("group", allowed: "names, * stands for any characters")
            if !groups.isEmpty { matcher.groups = groups.map { NamePattern($0) } }
            let checks = inner.texts("check", allowed: "names, * stands for any characters")
            if !checks.isEmpty { matcher.checks = checks.map { NamePattern($0) } }
            for (label, pattern) in inner.textMap("labels") { matcher.labels[label] = NamePattern(pattern) }
            return ()
        }
        let targets = targets(fields, "to", schedules)
        if targets.isEmpty { fields.report("to", "names nobody", allowed: "receivers, or on-call:schedule") }
        var steps: [NotificationRoute.Step] = []
        for step in fields.maps(
            "escalation",
            { inner -> NotificationRoute.Step? in
                let after = inner.duration("after", in: .seconds(1) ... .seconds(30 * 86_400))
                if after == nil, !inner.has("after") {
                    inner.report("after", "is missing", allowed: "a time such as 5m")
                }
                let whom = self.targets(inner, "to", schedules)
                if whom.isEmpty { inner.report("to", "names nobody", allowed: "receivers, or on-call:schedule") }
                return after.map { NotificationRoute.Step(after: $0, targets: whom) }
            }
        ) { steps.append(step) }
        return NotificationRoute(
            name: name,
            matcher: matcher,
            targets: targets,
            quietHours: fields.maps("quiet_hours") { quietHours($0) },
            reminderInterval: fields.duration("remind_every", in: .seconds(60) ... .seconds(30 * 86_400)),
            escalation: steps,
            continues: fields.bool("continue", default: false)
        )
    }

    private func targets(_ fields: MapReader, _ name: String, _ schedules: [String]) -> [NotificationTarget] {
        fields.texts(name, allowed: "receivers, or on-call:schedule").compactMap { text in
            if text.hasPrefix("on-call:") {
                let schedule = String(text.dropFirst(8))
                if schedules.contains(schedule) { return .onCall(schedule) }
                fields.report(
                    name,
                    "there is no schedule \(schedule)",
                    allowed: Self.list(schedules.sorted())
                )
                return nil
            }
            if receivers.contains(text) { return .receiver(text) }
            let near = NearestName.find(text, among: receivers).map { "did you mean \($0)?" }
            fields.report(name, "there is no receiver \(text)", allowed: near ?? Self.list(receivers))
            return nil
        }
    }

    private func quietHours(_ fields: MapReader) -> QuietHours? {
        let days = fields.texts("days", allowed: Self.weekdays.joined(separator: ", ")).compactMap { text -> Int? in
            if let day = Self.weekdays.firstIndex(of: text.lowercased()) { return day }
            fields.report("days", "\"\(text)\" is no weekday", allowed: Self.weekdays.joined(separator: ", "))
            return nil
        }
        let from = timeOfDay(fields, "from")
        let to = timeOfDay(fields, "to")
        let zone = zone(fields)
        let through = fields.texts("breakthrough", allowed: "critical, warning or info")
        let severities: Set<Severity> =
            through.isEmpty ? [.critical] : Set(through.compactMap { choice($0, "breakthrough", fields) })
        guard let from, let to else { return nil }
        return try? QuietHours(
            days: days.isEmpty ? Set(0...6) : Set(days),
            from: from,
            to: to,
            zone: zone,
            breakthrough: severities
        )
    }

    private func schedule(_ fields: MapReader, _ names: inout NameRegister) -> (String, OnCallSchedule)? {
        let name = fields.requiredText("name", allowed: CheckReader.allowedID)
        let isNew = names.add(name, fields)
        let turns = fields.texts("receivers", allowed: "names of receivers").filter { receiver in
            if receivers.contains(receiver) { return true }
            fields.report("receivers", "there is no receiver \(receiver)", allowed: Self.list(receivers))
            return false
        }
        let zone = zone(fields)
        let start = date(fields, "start")
        let days = fields.int("days_per_turn", in: 1...366) ?? 7
        let handOver = timeOfDay(fields, "hand_over", fallback: 9 * 60) ?? 0
        let overrides = fields.maps("overrides") { inner -> OnCallSchedule.Override? in
            let receiver = inner.requiredText("receiver", allowed: "a receiver")
            let allowed = "an RFC 3339 time such as 2026-01-31T08:00:00Z"
            let from = inner.parse("from", allowed: allowed) { Timestamp(rfc3339: $0.utf8) }
            let to = inner.parse("to", allowed: allowed) { Timestamp(rfc3339: $0.utf8) }
            guard receivers.contains(receiver) else {
                inner.report("receiver", "there is no receiver \(receiver)", allowed: Self.list(receivers))
                return nil
            }
            guard let from, let to else { return nil }
            return OnCallSchedule.Override(receiver: receiver, from: from, to: to)
        }
        guard let start, isNew else { return nil }
        do throws(NotificationError) {
            let schedule = try OnCallSchedule(
                receivers: turns,
                start: start,
                daysPerTurn: days,
                handOver: handOver,
                zone: zone,
                overrides: overrides
            )
            return (name, schedule)
        } catch {
            fields.report(
                error.field.split(separator: ".").last.map(String.init) ?? "name",
                "can't be used",
                allowed: error.message
            )
            return nil
        }
    }

    private func zone(_ fields: MapReader) -> TimeZoneRules {
        fields.parse("timezone", allowed: "a time zone such as Europe/Berlin") { try? TimeZoneRules(identifier: $0) }
            ?? .utc
    }

    private func date(_ fields: MapReader, _ name: String) -> LocalDateTime? {
        let allowed = "a date such as 2026-01-31"
        if !fields.has(name) { fields.report(name, "is missing", allowed: allowed) }
        return fields.parse(name, allowed: allowed) { text in
            Timestamp(rfc3339: "\(text)T00:00:00Z".utf8).map { TimeZoneRules.utc.local($0) }
        }
    }

    private func timeOfDay(_ fields: MapReader, _ name: String, fallback: Int? = nil) -> Int? {
        let allowed = "a time of day such as 22:00"
        if !fields.has(name) {
            if fallback == nil { fields.report(name, "is missing", allowed: allowed) }
            return fallback
        }
        return fields.parse(name, allowed: allowed) { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
                let minute = Int(parts[1]),
                (0...23).contains(hour), (0...59).contains(minute)
            else { return nil }
            return hour * 60 + minute
        }
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ text: String,
        _ name: String,
        _ fields: MapReader
    ) -> Choice? {
        if let choice = Choice(rawValue: text.lowercased()) { return choice }
        fields.report(
            name,
            "\"\(text)\" is not known",
            allowed: Choice.allCases.map(\.rawValue).joined(separator: ", ")
        )
        return nil
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none, since none is configured" : names.joined(separator: ", ")
    }

    private static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
}
