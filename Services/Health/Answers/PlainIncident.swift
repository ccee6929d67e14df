// SPDX-License-Identifier: Apache-2.0
// Martlet: an incident on the page without scripts.

internal import Health
internal import Platform

/// What is public of an incident, as HTML.
struct PlainIncident {
    private let incident: Incident
    private let names: [String: String]
    private let shown: Set<String>

    init(_ incident: Incident, names: [String: String], shown: Set<String>) {
        (self.incident, self.names, self.shown) = (incident, names, shown)
    }

    /// A card.
    ///
    /// - Parameter entries: How many lines of the timeline it has, the newest first.
    func html(entries: Int) -> String {
        let severity = incident.severity.rawValue
        let status = incident.status.rawValue
        var text = "<article class=\"card incident incident-\(severity)\"><div class=\"incident-labels\">"
        text += "<span class=\"label label-\(status)\">\(status.capitalizedFirst)</span>"
        if incident.isOpen { text += "<span class=\"label label-\(severity)\">\(severity.capitalizedFirst)</span>" }
        text += "</div><h3><a href=\"/incidents/\(incident.id)?plain\">\(incident.title.markup)</a></h3>"
        text += "<p class=\"quiet\">Started \(PlainWords.time(incident.startedAt))"
        if let at = incident.acknowledgedAt { text += ". Acknowledged \(PlainWords.time(at))" }
        if let at = incident.resolvedAt { text += ". Resolved \(PlainWords.time(at))" }
        text += ".</p>"
        if let cause = incident.rootCause, shown.contains(cause.check) {
            text += "<div class=\"cause\"><span class=\"cause-name\">Root cause</span>"
            text += "<strong>\((names[cause.check] ?? cause.check).markup)</strong>"
            text += "<p class=\"prose\">\(cause.reason.markup)</p></div>"
        }
        let affected = incident.affected.filter(shown.contains)
        if !affected.isEmpty {
            text += "<div class=\"affected\"><h4>Affected</h4>"
            text += PlainWords.chips(affected.map { names[$0] ?? $0 }) + "</div>"
        }
        let lines = incident.timeline.filter(\.isPublic).reversed()
        text += "<ol class=\"timeline\">"
        for entry in lines.prefix(entries) {
            text += "<li><span class=\"dot\" aria-hidden=\"true\"></span><div class=\"timeline-body\">"
            text += "<div class=\"timeline-head\"><strong>\(entry.kind.rawValue.capitalizedFirst)</strong> "
            text += "\(PlainWords.time(entry.at))</div>"
            // "Acknowledged: acknowledged" says nothing more.
            if entry.text != entry.kind.rawValue { text += "<p class=\"prose\">\(entry.text.markup)</p>" }
            text += "</div></li>"
        }
        return text + "</ol></article>"
    }
}
