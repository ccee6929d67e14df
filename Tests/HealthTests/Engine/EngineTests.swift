// SPDX-License-Identifier: Apache-2.0
// Martlet: tests a whole aggregator on a real database: incidents, people, commands, reload, maintenance.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct EngineTests {
    private static let incidents = "SELECT count(*) FROM health_incident"

    private func isLeading(_ engine: HealthEngine) -> Bool {
        if case .leading = engine.coordinator.role { true } else { false }
    }

    @Test func anIncidentOpensOnceIsToldByAJobAndEnds() async throws {
        try await StoreFixture.with("engine") { fixture in
            try await Inbox.with { inbox, ops in
                let probe = ScriptedProbe(.up)
                try await RunningEngine.with(try .scripted([("a", probe)], telling: [ops]), on: fixture) { engine in
                    try await eventually("it leads") { isLeading(engine) }
                    try await eventually("it is well") { engine.judge.picture.verdicts["a"]?.state == .up }
                    probe.say(.down)
                    try await eventually("opened") { try await fixture.count(Self.incidents) == 1 }
                    try await eventually("a job tells it") {
                        try await fixture.count("SELECT count(*) FROM health_notification WHERE job_id IS NOT NULL")
                            == 1
                    }
                    probe.say(.up)
                    try await eventually("ended") {
                        try await fixture.count(Self.incidents + " WHERE resolved_at IS NOT NULL") == 1
                    }
                    try await eventually("that is told too") {
                        try await fixture.count("SELECT count(*) FROM health_notification WHERE job_id IS NOT NULL")
                            == 2
                    }
                    #expect(try await fixture.count(Self.incidents) == 1)
                    #expect(inbox.events.isEmpty, "telling is the jobs' business while the ledger is there")
                }
                #expect(try await fixture.count("SELECT count(*) FROM health_aggregator") == 0, "it said goodbye")
                #expect(
                    try await fixture.count("SELECT count(*) FROM health_sample") >= 1,
                    "the open minute is written"
                )
            }
        }
    }

    @Test func whoIsFencedOutWritesNothing() async throws {
        try await StoreFixture.with("fenced") { fixture in
            let probe = ScriptedProbe(.up)
            try await RunningEngine.with(try .scripted([("a", probe)]), on: fixture) { engine in
                try await eventually("it leads") { isLeading(engine) }
                try await eventually("it is well") { engine.judge.picture.verdicts["a"]?.state == .up }
                try await fixture.run(
                    "UPDATE health_lead SET owner = 1, epoch = epoch + 1, expires_at = now() + interval '1 hour'"
                )
                probe.say(.down)
                try await eventually("it found it down") { engine.judge.picture.verdicts["a"]?.state == .down }
                try await eventually("it follows") { engine.coordinator.role == .following }
                let seen = engine.judge.picture.at
                try await eventually("it judged again") { engine.judge.picture.at > seen + .seconds(1) }
                #expect(try await fixture.count(Self.incidents) == 0)
                #expect(engine.judge.picture.incidents.isEmpty)
                try await eventually("it knows who leads") { engine.coordinator.leader == 1 }
            }
        }
    }

    @Test func withoutTheLedgerPeopleAreToldDirectlyAndItIsRecordedLater() async throws {
        try await StoreFixture.with("cut") { fixture in
            try await Inbox.with { inbox, ops in
                let probe = ScriptedProbe(.up)
                try await RunningEngine.with(try .scripted([("a", probe)], telling: [ops]), on: fixture) { engine in
                    try await eventually("it leads") { isLeading(engine) }
                    try await eventually("it is well") { engine.judge.picture.verdicts["a"]?.state == .up }
                    inbox.refuse(1)
                    try await fixture.cut()
                    probe.say(.down)
                    try await eventually("told directly, though refused once") { inbox.events == ["opened"] }
                    try await eventually("it acts") { engine.coordinator.role == .acting }
                    #expect(engine.judge.picture.incidents.map(\.check) == ["a"])
                    try await fixture.mend()
                    try await eventually("it leads again") { isLeading(engine) }
                    try await eventually("recorded") { try await fixture.count(Self.incidents) == 1 }
                    try await eventually("as told, without a job") {
                        try await fixture.count(
                            "SELECT count(*) FROM health_notification WHERE delivered_at IS NOT NULL AND job_id IS NULL"
                        ) == 1
                    }
                    probe.say(.up)
                    try await eventually("the end is told by a job") {
                        try await fixture.count("SELECT count(*) FROM health_notification WHERE job_id IS NOT NULL")
                            == 1
                    }
                    #expect(try await fixture.count("SELECT count(*) FROM health_notification") == 2)
                    #expect(inbox.events == ["opened"], "told once")
                }
            }
        }
    }

    @Test func whatIsAskedOfAFollowerIsDoneByWhoeverLeadsNext() async throws {
        try await StoreFixture.with("commands") { fixture in
            let probe = ScriptedProbe(.down)
            let lead = try #require(try await fixture.store.lead(1, for: .seconds(3_600)))
            var incident = Incident(
                id: 5,
                check: "a",
                title: "a is down",
                state: .down,
                severity: .critical,
                startedAt: .now()
            )
            incident.note(.opened, "a is down", at: .now())
            try await fixture.store.record([incident], [], as: lead)
            try await RunningEngine.with(try .scripted([("a", probe)]), on: fixture) { engine in
                try await eventually("it follows") { engine.coordinator.role == .following }
                try await eventually("it shows what the other recorded") {
                    engine.judge.picture.incidents.map(\.id) == [5]
                }
                #expect(try await engine.judge.act(.init(.acknowledge, incident: 5, by: "ada")) == .accepted)
                #expect(
                    try await engine.judge.act(.init(.acknowledge, incident: 6, by: "ada")) == .refused,
                    "the ledger knows none"
                )
                #expect(try await fixture.count("SELECT count(*) FROM health_command") == 1)
                try await fixture.run("UPDATE health_lead SET expires_at = now() - interval '1 second'")
                try await eventually("it leads") { isLeading(engine) }
                try await eventually("acknowledged") {
                    try await fixture.store.incident(5)?.status == .acknowledged
                }
                #expect(try await fixture.store.incident(5)?.acknowledgedBy == "ada")
                #expect(try await fixture.count("SELECT count(*) FROM health_command") == 0)
                #expect(try await fixture.count(Self.incidents) == 1)
                #expect(try await engine.judge.act(.init(.acknowledge, incident: 6, by: "ada")) == .refused)
            }
        }
    }

    @Test func whatAnOvertakenLeaderTookOnIsDoneByItsSuccessor() async throws {
        try await StoreFixture.with("overtaken") { fixture in
            let probe = ScriptedProbe(.down)
            try await RunningEngine.with(try .scripted([("a", probe)]), on: fixture) { engine in
                try await eventually("opened") { try await fixture.count(Self.incidents) == 1 }
                let id = try await fixture.count("SELECT id FROM health_incident")
                // Since it renews its lead only now and then it believes for a moment that it leads.
                try await fixture.run(
                    "UPDATE health_lead SET owner = 1, epoch = epoch + 1, expires_at = now() + interval '1 hour'"
                )
                let outcome = try await engine.judge.act(.init(.acknowledge, incident: id, by: "ada"))
                #expect(outcome == .accepted, "it is not done, and says so")
                try await eventually("it is left for the successor") {
                    try await fixture.count("SELECT count(*) FROM health_command") == 1
                }
                #expect(try await fixture.store.incident(id)?.status == .open)
                try await fixture.run("UPDATE health_lead SET expires_at = now() - interval '1 second'")
                try await eventually("done") { try await fixture.store.incident(id)?.acknowledgedBy == "ada" }
                #expect(try await fixture.count("SELECT count(*) FROM health_command") == 0)
                #expect(
                    try await fixture.count(
                        "SELECT count(*) FROM health_incident_entry WHERE kind = 'acknowledged'"
                    ) == 1
                )
            }
        }
    }

    @Test func aCommandStaysInTheListUntilWhatCameOfItIsRecorded() async throws {
        try await StoreFixture.with("kept") { fixture in
            let lead = try #require(try await fixture.store.lead(1, for: .seconds(3_600)))
            try await fixture.store.add(.init(.comment, incident: 5, by: "ada", text: "x"))
            try await fixture.run("INSERT INTO health_command (document) VALUES ('nonsense')")
            let waiting = try await fixture.store.actions()
            #expect(waiting.map(\.action?.incident) == [5, nil] && waiting.count == 2)
            #expect(try await fixture.store.actions().count == 2, "reading takes nothing away")
            let stale = HealthLead(owner: 1, epoch: lead.epoch - 1)
            let error = await #expect(throws: HealthError.self) {
                try await fixture.store.record([], [], done: waiting.map(\.id), as: stale)
            }
            #expect(error?.code == .fenced)
            #expect(try await fixture.count("SELECT count(*) FROM health_command") == 2)
            try await fixture.store.record([], [], done: waiting.map(\.id), as: lead)
            #expect(try await fixture.count("SELECT count(*) FROM health_command") == 0)
        }
    }

    @Test func anInstanceThatVanishesIsKeptInTheLedger() async throws {
        try await StoreFixture.with("events") { fixture in
            let probe = ScriptedProbe(.up)
            probe.show([.init(name: "x", status: .up)])
            try await RunningEngine.with(try .scripted([("a", probe)]), on: fixture) { engine in
                try await eventually("it is well") { engine.judge.picture.verdicts["a"]?.state == .up }
                probe.show([.init(name: "x", status: .unknown, reason: "vanished", vanishedAt: .now())])
                try await eventually("kept") { try await fixture.store.events(limit: 10).count == 1 }
                let event = try #require(try await fixture.store.events(of: "a", limit: 10).first?.event)
                #expect(event.kind == .vanished && event.instance == "x")
                #expect(try await fixture.store.events(of: "b", limit: 10).isEmpty)
                #expect(try await fixture.store.events(before: .now() + .seconds(-600), limit: 10).isEmpty)
                #expect(try await fixture.count("SELECT count(*) FROM job") == 0, "nobody is told")
                let receivers = try await fixture.store.lastDeliveries().map(\.receiver)
                #expect(receivers == [""])
            }
            // The next leader knows of it.
            try await RunningEngine.with(try .scripted([("a", probe)]), on: fixture) { engine in
                try await eventually("it leads") { isLeading(engine) }
                try await eventually("it is well") { engine.judge.picture.verdicts["a"]?.state == .up }
                let seen = engine.judge.picture.at
                try await eventually("it judged again") { engine.judge.picture.at > seen + .seconds(2) }
                #expect(try await fixture.store.events(limit: 10).count == 1)
            }
        }
    }

    @Test func aReloadKeepsWhatIsBelieved() async throws {
        try await StoreFixture.with("reload") { fixture in
            let (probe, other) = (ScriptedProbe(.down), ScriptedProbe(.up))
            try await RunningEngine.with(try .scripted([("a", probe)]), on: fixture) { engine in
                try await eventually("opened") { try await fixture.count(Self.incidents) == 1 }
                engine.load(try .scripted([("a", probe), ("b", other)]))
                try await eventually("the new check is judged") { engine.judge.picture.verdicts["b"]?.state == .up }
                #expect(engine.judge.picture.verdicts["a"]?.state == .down)
                #expect(try await fixture.count(Self.incidents + " WHERE resolved_at IS NULL") == 1)
                engine.load(try .scripted([("b", other)]))
                try await eventually("its incident ends with the check") {
                    try await fixture.count(Self.incidents + " WHERE resolved_at IS NOT NULL") == 1
                }
                #expect(try await fixture.count(Self.incidents) == 1)
                #expect(engine.board.observations(of: "a").isEmpty)
            }
        }
    }

    @Test func maintenanceOpensNothing() async throws {
        try await StoreFixture.with("maintenance") { fixture in
            let (probe, other) = (ScriptedProbe(.down), ScriptedProbe(.down))
            try await RunningEngine.with(try .scripted([("a", probe), ("b", other)]), on: fixture) { engine in
                // The first window stands before the first finding can open anything.
                let id = try await engine.add(
                    MaintenanceWindow(
                        id: "",
                        title: "x",
                        times: .once(from: .now() + .seconds(-5), to: .now() + .seconds(3_600)),
                        checks: ["a"]
                    )
                )
                try await eventually("the other one opened") {
                    try await fixture.count(Self.incidents + " WHERE name = 'b'") == 1
                }
                try await eventually("it is found down") { engine.judge.picture.verdicts["a"]?.state == .down }
                #expect(engine.judge.picture.maintenance == ["a"])
                #expect(try await fixture.count(Self.incidents + " WHERE name = 'a'") == 0)
                let number = try #require(Int64(id))
                #expect(try await engine.removeMaintenance(number))
                try await eventually("it opens when the window is gone") {
                    try await fixture.count(Self.incidents + " WHERE name = 'a'") == 1
                }
                #expect(try await engine.removeMaintenance(number) == false)
            }
        }
    }

    @Test func aRestartGoesOnWhereTheLastProcessStopped() async throws {
        try await StoreFixture.with("restart") { fixture in
            let probe = ScriptedProbe(.down)
            let configuration = try HealthConfiguration.scripted([("a", probe)])
            try await RunningEngine.with(configuration, on: fixture) { engine in
                try await eventually("opened") { try await fixture.count(Self.incidents) == 1 }
            }
            try await RunningEngine.with(configuration, on: fixture) { engine in
                try await eventually("it leads") { isLeading(engine) }
                try await eventually("it is down") { engine.judge.picture.verdicts["a"]?.state == .down }
                try await eventually("it shows the incident") { engine.judge.picture.incidents.count == 1 }
                probe.say(.up)
                try await eventually("it ends") {
                    try await fixture.count(Self.incidents + " WHERE resolved_at IS NOT NULL") == 1
                }
                #expect(try await fixture.count(Self.incidents) == 1)
            }
        }
    }
}
