// SPDX-License-Identifier: Apache-2.0
// Martlet: what people do to incidents, and what is written down of telling them.

public import Platform

extension IncidentBook {
    /// Somebody takes an incident on; nil when it is not open.
    public mutating func acknowledge(_ id: Int64, by person: String, at now: Timestamp) -> IncidentChange? {
        change(id) { incident in
            guard incident.status == .open else { return nil }
            incident.status = .acknowledged
            incident.acknowledgedAt = now
            incident.acknowledgedBy = person
            incident.note(.acknowledged, "acknowledged", at: now, by: person)
            return .acknowledged
        }
    }

    /// Somebody says something of an incident; nil when there is none, or its timeline is full.
    public mutating func comment(
        _ id: Int64,
        by person: String,
        text: String,
        isPublic: Bool,
        at now: Timestamp
    ) -> IncidentChange? {
        change(id) { incident in
            incident.note(.comment, text, at: now, by: person, isPublic: isPublic) ? .comment : nil
        }
    }

    /// Records that people were told, or that the next in line is; nil when the incident is gone.
    mutating func record(_ id: Int64, _ kind: IncidentEntry.Kind, _ text: String, at now: Timestamp) -> IncidentChange?
    {
        change(id) { incident in
            incident.note(kind, text, at: now, isPublic: false) ? kind : nil
        }
    }

    /// Somebody declares an incident over, whatever the probes say; nil when it is not open. If they go on failing it is opened anew.
    public mutating func resolve(_ id: Int64, by person: String, text: String, at now: Timestamp) -> IncidentChange? {
        guard let check = open.values.first(where: { $0.id == id })?.check else { return nil }
        var changes: [IncidentChange] = []
        finish(check, text, by: person, now, &changes)
        // Time for the repair to show, before the same incident is reopened.
        holds[check] = now + .seconds(60)
        return changes.last
    }

    private mutating func change(
        _ id: Int64,
        _ body: (inout Incident) -> IncidentEntry.Kind?
    ) -> IncidentChange? {
        for (check, incident) in open where incident.id == id {
            var changed = incident
            guard let kind = body(&changed) else { return nil }
            open[check] = changed
            return IncidentChange(incident: changed, kind: kind)
        }
        for (check, incident) in recent where incident.id == id {
            var changed = incident
            guard let kind = body(&changed) else { return nil }
            recent[check] = changed
            return IncidentChange(incident: changed, kind: kind)
        }
        return nil
    }
}
