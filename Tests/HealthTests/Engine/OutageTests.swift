// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that what was decided and asked for during an outage of the ledger outlasts it, whoever leads then.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct OutageTests {
    private static let open = "SELECT count(*) FROM health_incident WHERE resolved_at IS NULL"
    private static let ended = "SELECT count(*) FROM health_incident WHERE resolved_at IS NOT NULL"
    private static let taken =
        "UPDATE health_lead SET owner = 1, epoch = epoch + 1, expires_at = now() + interval '1 hour'"
    private static let free = "UPDATE health_lead SET expires_at = now() - interval '1 second'"

    private func kinds(_ id: Int64, _ fixture: StoreFixture) async throws -> [IncidentEntry.Kind] {
        try await fixture.store.incident(id)?.timeline.map(\.kind) ?? []
    }

    @Test func anAcknowledgementDuringTheOutageStays() async throws {
        try await StoreFixture.with("acked") { fixture in
            let probe = ScriptedProbe(.down)
            try await RunningEngine.with(try .scripted([("a", probe)]), on: fixture) { engine in
                try await eventually("opened") { try await fixture.count(Self.open) == 1 }
                let id = try await fixture.count("SELECT id FROM health_incident")
                try await fixture.cut()
                try await eventually("it acts") { engine.coordinator.role == .acting }
                #expect(try await engine.judge.act(.init(.acknowledge, incident: id, by: "ada")) == .done)
                try await fixture.mend()
                try await eventually("recorded") { try await fixture.store.incident(id)?.acknowledgedBy == "ada" }
                probe.say(.up)
                try await eventually("it ends") { try await fixture.count(Self.ended) == 1 }
                let incident = try #require(try await fixture.store.incident(id))
                #expect(incident.acknowledgedBy == "ada")
                #expect(incident.timeline.map(\.kind) == [.opened, .acknowledged, .resolved])
                #expect(
                    try await fixture.text(
                        "SELECT string_agg(entry::text, ' ' ORDER BY entry) FROM health_announcement"
                    ) == "1 3",
                    "its end is announced"
                )
            }
        }
    }
}
