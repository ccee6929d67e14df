// SPDX-License-Identifier: Apache-2.0
// Martlet: incidents in answers.

internal import Health
internal import Platform
internal import Web

extension Incident {
    /// Writes the incident.
    ///
    /// - Parameter isPublic: Leaves out what is for operators alone: people's names, and lines that are not public.
    /// - Parameter shown: The checks that may be named.
    func write(to json: inout JSONWriter, isPublic: Bool, shown: (String) -> Bool = { _ in true }) {
        json.object { json in
            json.field("id", "\(id)")
            json.field("check", shown(check) ? check : nil)
            json.field("title", title)
            json.field("state", state.rawValue)
            json.field("status", status.rawValue)
            json.field("severity", severity.rawValue)
            json.field("started_at", startedAt)
            json.field("acknowledged_at", acknowledgedAt)
            if !isPublic { json.field("acknowledged_by", acknowledgedBy) }
            json.field("resolved_at", resolvedAt)
            if let rootCause, shown(rootCause.check) {
                json.key("root_cause")
                json.object { json in
                    json.field("check", rootCause.check)
                    json.field("reason", rootCause.reason)
                }
            }
            json.field("affected", affected.filter(shown))
            json.field("flapping", isFlapping)
            json.key("updates")
            json.array { json in
                for entry in timeline where entry.isPublic || !isPublic {
                    json.object { json in
                        json.field("at", entry.at)
                        json.field("kind", entry.kind.rawValue)
                        json.field("text", entry.text)
                        if !isPublic {
                            json.field("by", entry.by)
                            json.field("public", entry.isPublic)
                        }
                    }
                }
            }
        }
    }

    /// What happened, for people who meet afterwards.
    var report: String {
        var text = "# \(title)\n\n"
        text += "| | |\n|---|---|\n| Incident | \(id) |\n| Check | \(check) |\n| Severity | \(severity.rawValue) |\n"
        text += "| Status | \(status.rawValue) |\n| Began | \(Self.time(startedAt)) |\n"
        if let acknowledgedAt {
            text += "| Acknowledged | \(Self.time(acknowledgedAt)) by \(Self.cell(acknowledgedBy ?? "")), "
            text += "after \(Self.span(acknowledgedAt - startedAt)) |\n"
        }
        if let resolvedAt {
            text += "| Resolved | \(Self.time(resolvedAt)), after \(Self.span(resolvedAt - startedAt)) |\n"
        }
        if reopenings > 0 { text += "| Came back | \(reopenings) times |\n" }
        text += "\n## Probable root cause\n\n"
        text += rootCause.map { "\(Self.line($0.check)): \(Self.line($0.reason))\n" } ?? "None was found.\n"
        text += "\n## What suffered\n\n"
        text += affected.isEmpty ? "Nothing else.\n" : affected.map { "- \(Self.line($0))\n" }.joined()
        text += "\n## Timeline\n\n| Time (UTC) | What | |\n|---|---|---|\n"
        for entry in timeline {
            let by = entry.by.map { " (\($0))" } ?? ""
            text += "| \(Self.time(entry.at)) | \(entry.kind.rawValue) | \(Self.cell(entry.text + by)) |\n"
        }
        text +=
            "\n## Impact\n\n\n## What went well\n\n\n## What went wrong\n\n\n## Actions\n\n| What | Who | By when |\n|---|---|---|\n"
        return text
    }

    private static func time(_ time: Timestamp) -> String { time.formatted(fractionDigits: 0) }

    private static func span(_ duration: Duration) -> String {
        ISODuration.format(.seconds(max(0, duration.components.seconds)))
    }

    private static func line(_ text: String) -> String { text.replacing("\n", with: " ").replacing("<", with: "&lt;") }

    private static func cell(_ text: String) -> String { line(text).replacing("|", with: "\\|") }
}
