// SPDX-License-Identifier: Apache-2.0
// Martlet: backups for browsers without scripts.

internal import Health
internal import Platform

/// Says in HTML what `backups.js` says on the page with scripts.
struct PlainBackups {
    let standing: BackupStanding

    var html: String {
        var cards = event("Last backup", standing.backup) + event("Last restore drill", standing.drill)
        cards += figure("What would be lost (RPO)", standing.recoveryPoint)
        cards += figure("How long a recovery takes (RTO)", standing.recoveryTime)
        return "<section><h2>Backups</h2><div class=\"backups\">\(cards)</div></section>"
    }

    private func event(_ title: String, _ event: BackupStanding.Event) -> String {
        card(title, event.state, event.at.map(PlainWords.time) ?? "None yet", nil)
    }

    private func figure(_ title: String, _ figure: BackupStanding.Figure?) -> String {
        guard let figure else { return "" }
        let objective = figure.objective.map { "at most \($0.words) allowed" }
        return card(title, figure.state, figure.measured.words, objective)
    }

    private func card(_ title: String, _ state: BackupStanding.State, _ value: String, _ note: String?) -> String {
        let (shown, word) = Self.shown(state)
        var text = "<article class=\"card backup state-\(shown.rawValue.lowercased())\"><h3>\(title)</h3>"
        text += "<p class=\"backup-value\">\(value)</p>"
        text += "<p class=\"backup-state\">\(PlainIcon.svg(shown, 18))<span>\(word)</span></p>"
        if let note { text += "<p class=\"quiet\">\(note)</p>" }
        return text + "</article>"
    }

    private static func shown(_ state: BackupStanding.State) -> (CheckState, String) {
        switch state {
        case .inOrder: (.up, "In order")
        case .late: (.degraded, "Late")
        case .failed: (.down, "Failed")
        }
    }
}
