// SPDX-License-Identifier: Apache-2.0
// Martlet: one incident of two histories: what was recorded, and what went on without the ledger.

internal import Platform

extension Incident {
    /// The same incident with all that was recorded of it, followed by what only this history knows.
    ///
    /// Nobody's acknowledgement is lost; what one of the two ended is over unless the other one saw it come back.
    func following(_ stored: Incident) -> Incident {
        let shared = zip(timeline, stored.timeline).prefix { $0 == $1 }.count
        let (ours, theirs) = (timeline.dropFirst(shared), stored.timeline.dropFirst(shared))
        guard !theirs.isEmpty else { return self }
        guard !ours.isEmpty else { return stored }
        let isLater = (timeline.last?.at ?? startedAt) >= (stored.timeline.last?.at ?? startedAt)
        let goesBeyond = Self.reopens(ours) || (!Self.reopens(theirs) && isLater)
        var (merged, other) = goesBeyond ? (self, stored) : (stored, self)
        if merged.isOpen, !Self.reopens(goesBeyond ? ours : theirs) {
            if !other.isOpen {
                merged.status = .resolved
                merged.resolvedAt = other.resolvedAt
            }
            if merged.acknowledgedAt == nil {
                if merged.status == .open { merged.status = other.status }
                merged.acknowledgedAt = other.acknowledgedAt
                merged.acknowledgedBy = other.acknowledgedBy
            }
        }
        merged.severity = max(severity, stored.severity)
        merged.reopenings = max(reopenings, stored.reopenings)
        merged.affected += other.affected.filter { !merged.affected.contains($0) }
        var lines = stored.timeline
        for line in ours {
            var line = line
            line.number = (lines.last?.number ?? 0) + 1
            lines.append(line)
        }
        return merged.with(timeline: lines)
    }

    /// Whether the last that is said of beginnings and ends is that it came back.
    private static func reopens(_ lines: ArraySlice<IncidentEntry>) -> Bool {
        lines.last { $0.kind == .reopened || $0.kind == .resolved }?.kind == .reopened
    }
}
