// SPDX-License-Identifier: Apache-2.0
// Martlet: the public page for browsers without scripts.

internal import Health
internal import Platform

/// The public page as plain HTML: what `status.json` says, without bars.
struct PlainPage {
    /// Up to this many checks, every group is unfolded.
    private static let few = 30

    let document: StatusDocument
    let uptimes: UptimeBook

    var html: String {
        let groups = StatusDocument.groups(document.configuration, public: true)
        let checks = groups.flatMap(\.1)
        let overall = document.overall(of: groups)
        let words = PlainWords.headline(overall, checks.map { ($0.name, document.state(of: $0.id)) })
        var body = """
            <section class="overall state-\(overall.rawValue.lowercased())"><div class="overall-icon">\(PlainIcon.svg(overall, 56))</div>\
            <div class="overall-text"><h1>\(words.markup)</h1><p>\(counts(checks))</p>\
            <p class="quiet">As of \(PlainWords.time(document.now)). <a href="?plain">Read it anew</a></p></div></section>
            """
        let description = document.configuration.page.description
        if !description.isEmpty { body += "<p class=\"lead\">\(description.markup)</p>" }
        body += incidents(checks) + windows(groups)
        if !checks.isEmpty {
            body += "<section><h2>Systems</h2><div class=\"groups\">"
            for (group, members) in groups { body += section(group, members, unfolds: checks.count <= Self.few) }
            body += "</div></section>"
        }
        body += document.backups.map { PlainBackups(standing: $0).html } ?? ""
        return frame(title: "\(words) · \(document.configuration.page.title)", body: body)
    }

    /// The page of one incident.
    func html(of incident: Incident) -> String {
        let card = PlainIncident(incident, names: names, shown: shown)
        return frame(
            title: "\(incident.title) · incident \(incident.id)",
            body: "<section><h1 class=\"only-readers\">Incident</h1>\(card.html(entries: .max))</section>"
        )
    }

    /// The page of an incident that there is not.
    var missing: String {
        frame(
            title: "No such incident",
            body: """
                <section class="overall state-unknown"><div class="overall-icon">\(PlainIcon.svg(.unknown, 56))</div>\
                <div class="overall-text"><h1>There is no such incident</h1><p>It may have been removed after its time.</p></div></section>
                """
        )
    }

    private var shown: Set<String> { Set(document.configuration.checks.filter(\.isPublic).map(\.id)) }

    private var names: [String: String] {
        Dictionary(document.configuration.checks.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    private func counts(_ checks: [CheckDefinition]) -> String {
        if checks.isEmpty { return "As soon as a check is published, it shows here." }
        return PlainWords.tally(checks.map { document.state(of: $0.id) })
    }

    private func incidents(_ checks: [CheckDefinition]) -> String {
        let (shown, names) = (shown, names)
        let open = document.picture.incidents.filter { $0.isOpen && shown.contains($0.check) }.prefix(100)
        guard !open.isEmpty else { return "" }
        let cards = open.map { PlainIncident($0, names: names, shown: shown).html(entries: 3) }.joined()
        return "<section><h2>Open incidents</h2><div class=\"cards\">\(cards)</div></section>"
    }

    private func windows(_ groups: [(HealthConfiguration.Group, [CheckDefinition])]) -> String {
        guard !document.windows.isEmpty else { return "" }
        let groupNames = Dictionary(groups.map { ($0.0.id, $0.0.name) }, uniquingKeysWith: { first, _ in first })
        let (shown, names) = (shown, names)
        var text = "<section><h2>Maintenance</h2><div class=\"cards cards-side\">"
        for window in document.windows {
            let occurrence = window.occurrence(at: document.now)
            let isActive = window.isOpen(at: document.now)
            let parts =
                window.groups.map { groupNames[$0] ?? $0 }
                + window.checks.filter(shown.contains).map { names[$0] ?? $0 }
            text += "<article class=\"card window\(isActive ? " window-active" : "")\">"
            text += "<div class=\"window-head\">\(PlainIcon.svg(.maintenance, 18))"
            text += "<span class=\"label\">\(isActive ? "In progress" : "Scheduled")</span></div>"
            text += "<h3>\(window.title.markup)</h3>"
            if let occurrence {
                text +=
                    "<p class=\"quiet\">\(PlainWords.time(occurrence.from)) to \(PlainWords.time(occurrence.to))</p>"
            }
            text += PlainWords.chips(parts) + "</article>"
        }
        return text + "</div></section>"
    }

    private func section(_ group: HealthConfiguration.Group, _ checks: [CheckDefinition], unfolds: Bool) -> String {
        let states = checks.map { document.state(of: $0.id) }
        let state = group.rule.state(of: zip(checks.map(\.id), states).map { ($0, $1) })
        var text =
            "<details class=\"group state-\(state.rawValue.lowercased())\"\(unfolds || state != .up ? " open" : "")>"
        text += "<summary>\(PlainIcon.svg(state, 20))<h3>\(group.name.markup)</h3>"
        text += "<span class=\"group-words\">\(PlainWords.tally(states))</span></summary><ul class=\"check-list\">"
        for (check, state) in zip(checks, states) {
            text += "<li class=\"check state-\(state.rawValue.lowercased())\"><div class=\"check-head\">"
            text +=
                "<span class=\"check-name\">\(PlainIcon.svg(state, 18))<span class=\"check-title\">\(check.name.markup)"
            text += "</span></span><span class=\"check-state\">\(PlainWords.word(state))"
            if state != .up, let since = document.since(check) {
                text += " since \(PlainWords.time(since))"
            }
            text += "</span></div>"
            if let text90 = uptime(check.id) { text += "<p class=\"quiet\">\(text90) uptime in 90 days</p>" }
            if let description = check.description { text += "<p class=\"quiet prose\">\(description.markup)</p>" }
            text += "</li>"
        }
        return text + "</ul></details>"
    }

    private func uptime(_ check: String) -> String? {
        uptimes.sums(of: check).last?.counts.availability.map(PlainWords.percent)
    }

    private func frame(title: String, body: String) -> String {
        let page = document.configuration.page
        let sheets = ["theme", "base", "controls", "incident", "status", "backups", "media"].map {
            "<link rel=\"stylesheet\" href=\"/assets/\($0).css\">"
        }
        let subscribe =
            document.configuration.subscriptions.isOffered
            ? "<div class=\"tools\"><a class=\"button\" href=\"/subscriptions\">Subscribe</a></div>" : ""
        let theme = page.theme == "auto" ? "" : " data-theme=\"\(page.theme.markup)\""
        return """
            <!doctype html>
            <html lang="en"\(theme)><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\
            <meta name="color-scheme" content="light dark">\
            <title>\(title.markup)</title><link rel="icon" href="/assets/mark.svg" type="image/svg+xml">\
            <link rel="alternate" type="application/rss+xml" title="Incidents (RSS)" href="/feed.rss">\(sheets.joined())</head>
            <body><header class="site-head wrap"><a class="brand" href="/?plain"><img src="/assets/mark.svg" alt="" width="32" height="32">\
            <span>\(page.title.markup)</span></a>\(subscribe)</header>
            <main id="main" class="wrap">\(body)</main>
            <footer class="site-foot wrap"><nav aria-label="Feeds"><a href="/feed.rss">RSS</a> <a href="/feed.atom">Atom</a> \
            <a href="/feed.json">JSON Feed</a> <a href="/status.json">JSON</a></nav><p>Past incidents are in the feeds. Runs on Martlet</p></footer>
            </body></html>

            """
    }
}
