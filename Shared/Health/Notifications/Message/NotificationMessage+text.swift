// SPDX-License-Identifier: Apache-2.0
// Martlet: the lines that people read, alike on all channels.
internal import Platform

extension NotificationMessage {
    /// The most names of affected checks that people are shown.
    static let mostNames = 20

    /// Label and value of what is known, most important first; one line each.
    var facts: [(label: String, value: String)] {
        var facts = [("Check", check.singleLine(bytes: 200))]
        if let group { facts.append(("Group", group.singleLine(bytes: 200))) }
        facts.append(("State", state.rawValue))
        let change = previousSeverity.map { "\($0.rawValue) → " } ?? ""
        facts.append(("Severity", change + severity.rawValue))
        if let rootCause { facts.append(("Root cause", rootCause.singleLine(bytes: 200))) }
        if !affected.isEmpty { facts.append(("Affected", affectedText)) }
        facts.append(("Started", startedAt.formatted(fractionDigits: 0)))
        if let resolvedAt { facts.append(("Resolved", resolvedAt.formatted(fractionDigits: 0))) }
        if let acknowledgedBy { facts.append(("Acknowledged by", acknowledgedBy.singleLine(bytes: 200))) }
        return facts
    }

    /// The first names, and how many more there are.
    private var affectedText: String {
        let names = affected.prefix(Self.mostNames).map { $0.singleLine(bytes: 80) }.joined(separator: ", ")
        let rest = affected.count - Self.mostNames
        return rest > 0 ? "\(names) and \(rest) more" : names
    }

    /// Name and address of what people may open; only addresses that a browser takes.
    var links: [(text: String, address: String)] {
        [("Open incident", url), ("Runbook", runbook)].compactMap { text, address in
            address.flatMap(WebAddress.clean).map { (text, $0) }
        }
    }
}
