// SPDX-License-Identifier: Apache-2.0
// Martlet: the messages of events that are no incidents.

internal import FoundationEssentials
internal import Platform

extension NotificationMessage {
    /// Tells of an event.
    init(
        _ event: HealthEvent,
        _ kind: Event,
        _ order: NotificationOrder,
        _ check: CheckDefinition?,
        _ verdict: Verdict?,
        at now: Timestamp,
        _ pageURL: String?
    ) {
        let name = check?.name ?? event.check
        let title =
            switch (event.kind, event.endedAt) {
            case (.vanished, _): "\(name): an instance vanished"
            case (.advisory, nil): "\(name): some locations see trouble"
            case (.advisory, _): "\(name): the advisory is over"
            }
        // The key of an advisory's end is that of its beginning: receivers put them together.
        self.init(
            key: "martlet-\(event.beginning.id)",
            id: order.key,
            event: kind,
            severity: .info,
            state: verdict?.state ?? .unknown,
            title: title,
            summary: event.text,
            check: event.check,
            group: check?.group,
            startedAt: event.startedAt,
            at: now,
            resolvedAt: event.endedAt,
            url: pageURL,
            runbook: check?.runbook
        )
    }
}

extension OutgoingNotification {
    /// Who is told of every event: nobody, so that the ledger keeps it for those who ask.
    static let record = ""

    /// The record of an event.
    init(_ event: HealthEvent, at now: Timestamp) throws(HealthError) {
        guard let text = try? JSONEncoder().encode(event) else {
            throw HealthError(.internal, "an event can't be written")
        }
        self.init(
            id: event.id,
            incident: nil,
            receiver: Self.record,
            event: event.kind.rawValue,
            message: String(decoding: text, as: UTF8.self),
            dueAt: now,
            deliveredAt: now
        )
    }
}
