// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that what was decided and asked for during an outage of the ledger outlasts it, whoever leads then.

import Platform
import Synchronization
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

    /// Whoever leads afterwards knows nothing of what was asked for here, and writes the incident as it knows it.
    @Test func anAcknowledgementDuringTheOutageIsLeftForWhoeverLeadsAfterIt() async throws {
        try await StoreFixture.with("handed") { fixture in
            let (probe, other) = (ScriptedProbe(.down), ScriptedProbe(.up))
            try await RunningEngine.with(try .scripted([("a", probe), ("b", other)]), on: fixture) { engine in
                try await eventually("opened") { try await fixture.count(Self.open) == 1 }
                let id = try await fixture.count("SELECT id FROM health_incident")
                try await fixture.run(Self.taken)
                try await fixture.cut()
                try await eventually("it acts") { engine.coordinator.role == .acting }
                try await eventually("acknowledged") {
                    try await engine.judge.act(.init(.acknowledge, incident: id, by: "ada")) == .done
                }
                other.say(.down)
                try await eventually("another one opens") {
                    engine.judge.picture.incidents.contains { $0.check == "b" }
                }
                let second = try #require(engine.judge.picture.incidents.first { $0.check == "b" }).id
                #expect(try await engine.judge.act(.init(.comment, incident: second, by: "ada", text: "x")) == .done)
                try await fixture.mend()
                try await eventually("what the leader does not know is recorded") {
                    try await kinds(second, fixture) == [.opened, .comment]
                }
                try await eventually("what concerns its own is left for it") {
                    try await fixture.count("SELECT count(*) FROM health_command") == 1
                }
                #expect(try await fixture.store.incident(id)?.status == .open, "its incident stays as it is")
                #expect(try await fixture.store.actions().map(\.action?.incident) == [id])
                try await fixture.run(Self.free)
                try await eventually("done") { try await fixture.store.incident(id)?.acknowledgedBy == "ada" }
                #expect(try await kinds(id, fixture) == [.opened, .acknowledged])
                #expect(try await fixture.count("SELECT count(*) FROM health_command") == 0)
                #expect(try await kinds(second, fixture) == [.opened, .comment], "and nothing twice")
            }
        }
    }

    @Test func whatIsRecordedLateChangesNothingThatTheLedgerKnows() async throws {
        try await StoreFixture.with("late") { fixture in
            let lead = try #require(try await fixture.store.lead(1, for: .seconds(60)))
            let now = Timestamp.now()
            func incident(_ id: Int64, _ check: String) -> Incident {
                var incident = Incident(
                    id: id,
                    check: check,
                    title: "",
                    state: .down,
                    severity: .critical,
                    startedAt: now
                )
                incident.note(.opened, "down", at: now)
                return incident
            }
            var (known, theirs, ours, new) = (incident(1, "a"), incident(2, "b"), incident(3, "b"), incident(4, "c"))
            try await fixture.store.record([known, theirs], [], as: lead)
            let stored = known
            known.status = .acknowledged
            known.note(.acknowledged, "acknowledged", at: now, by: "ada")
            ours.note(.comment, "x", at: now)
            new.note(.comment, "y", at: now)
            for _ in 0..<2 { #expect(try await fixture.store.recordLate([known, ours, new], []) == [4]) }
            #expect(try await fixture.store.openIncidents(endedWithin: .zero) == [stored, theirs, new])
            theirs.note(.comment, "z", at: now)
            try await fixture.store.record([theirs], [], as: lead)
            #expect(try await fixture.store.recordLate([theirs], []) == [2], "what is there already stands")
            #expect(try await fixture.store.incident(2) == theirs)
        }
    }

    @Test func whoeverLeadsTakesOnWhatIsRecordedLate() async throws {
        try await StoreFixture.with("strangers") { fixture in
            try await RunningEngine.with(try .scripted([("a", ScriptedProbe(.up))]), on: fixture) { engine in
                try await eventually("it is well") { engine.judge.picture.verdicts["a"]?.state == .up }
                try await eventually("it leads") { engine.judge.isSettled }
                let now = Timestamp.now()
                var late = Incident(id: 5, check: "a", title: "", state: .down, severity: .critical, startedAt: now)
                late.note(.opened, "down", at: now)
                #expect(try await fixture.store.recordLate([late], []) == [5])
                try await eventually("it ends") { try await fixture.count(Self.ended) == 1 }
                #expect(try await kinds(5, fixture) == [.opened, .resolved])
            }
        }
    }

    @Test func whatIsAskedForIsDoneOnceHoweverOftenItIsLeft() async throws {
        try await StoreFixture.with("keys") { fixture in
            let lead = try #require(try await fixture.store.lead(1, for: .seconds(60)))
            let comment = IncidentAction(.comment, incident: 5, by: "ada", text: "x")
            for _ in 0..<2 { try await fixture.store.add(comment, key: "k") }
            let waiting = try await fixture.store.actions().map(\.id)
            #expect(waiting.count == 1)
            try await fixture.store.record([], [], done: waiting, keys: ["direct"], as: lead)
            for key in ["k", "direct"] { try await fixture.store.add(comment, key: key) }
            #expect(try await fixture.store.actions().isEmpty, "it was done")
            try await fixture.store.add(comment)
            #expect(try await fixture.store.actions().count == 1)
            try await fixture.run("UPDATE health_command_done SET done_at = now() - interval '2 days'")
            try await fixture.store.dropOldCommands()
            #expect(try await fixture.count("SELECT count(*) FROM health_command_done") == 0)
        }
    }

    @Test func whatIsDoneIsRecordedWhoeverRecordsIt() async throws {
        try await StoreFixture.with("serial") { fixture in
            try await RunningEngine.with(try .scripted([("a", ScriptedProbe(.down))]), on: fixture) { engine in
                try await eventually("opened") { try await fixture.count(Self.open) == 1 }
                let id = try await fixture.count("SELECT id FROM health_incident")
                // No wait of the test's: a commit takes long enough for others to come in between.
                try await fixture.run(
                    """
                    CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END'
                    """
                )
                try await fixture.run(
                    "CREATE TRIGGER slow BEFORE UPDATE ON health_incident FOR EACH ROW EXECUTE FUNCTION pause()"
                )
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // They take what another one was about to record.
                    for _ in 0..<3 {
                        group.addTask {
                            while !Task.isCancelled {
                                await engine.judge.record()
                                await Task.yield()
                            }
                        }
                    }
                    for number in 0..<40 {
                        let comment = IncidentAction(.comment, incident: id, by: "ada", text: "\(number)")
                        #expect(try await engine.judge.act(comment) == .done)
                        let count = try await fixture.store.incident(id)?.timeline.count
                        #expect(count == number + 2, "done is recorded")
                    }
                    group.cancelAll()
                }
            }
        }
    }

    /// It leads when the ledger is back, and is overtaken before it has recorded anything.
    @Test func whatPeopleAreOwedOutlastsALostLead() async throws {
        try await StoreFixture.with("owed") { fixture in
            try await Inbox.with { inbox, ops in
                let probe = ScriptedProbe(.up)
                try await RunningEngine.with(try .scripted([("a", probe)], telling: [ops]), on: fixture) { engine in
                    try await eventually("it leads") { engine.judge.isSettled }
                    try await eventually("it is well") { engine.judge.picture.verdicts["a"]?.state == .up }
                    try await fixture.run("CREATE SEQUENCE turn")
                    try await fixture.run(
                        """
                        CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql
                        AS 'BEGIN IF nextval(''turn'') = 1 THEN PERFORM refuse(''overtaken''); END IF; RETURN NEW; END'
                        """
                    )
                    try await fixture.run(
                        "CREATE TRIGGER once BEFORE INSERT ON health_incident FOR EACH ROW EXECUTE FUNCTION once()"
                    )
                    inbox.refuse(1_000_000)
                    try await fixture.cut()
                    probe.say(.down)
                    try await eventually("it opens") { engine.judge.picture.incidents.count == 1 }
                    try await eventually("it acts") { engine.coordinator.role == .acting }
                    try await eventually("people are owed it") { engine.courier.waiting == 1 }
                    let id = try #require(engine.judge.picture.incidents.first).id
                    try await fixture.mend()
                    try await eventually("it was refused once, and recorded") {
                        try await kinds(id, fixture) == [.opened]
                    }
                    try await eventually("the notification too") {
                        try await fixture.count(
                            "SELECT count(*) FROM health_notification WHERE incident_id = \(id) AND event = 'opened'"
                        ) == 1
                    }
                    #expect(try await fixture.count("SELECT last_value FROM turn") >= 2)
                    #expect(try await fixture.count("SELECT count(*) FROM health_incident") == 1)
                }
            }
        }
    }

    @Test func whoBeginsToActTellsNothingThatTheLeaderTold() async throws {
        try await StoreFixture.with("followed") { fixture in
            let (probe, last) = (ScriptedProbe(.up), Timestamp.now())
            probe.show([.init(name: "x", status: .unknown, reason: "vanished", vanishedAt: last)])
            _ = try #require(try await fixture.store.lead(1, for: .seconds(3_600)))
            // Another location dates it differently.
            let told = HealthEvent(.vanished, check: "a", instance: "x", text: "x", startedAt: last + .seconds(-5))
            try await fixture.store.record([try OutgoingNotification(told, at: last)])
            try await RunningEngine.with(try .scripted([("a", probe)]), on: fixture) { engine in
                try await eventually("it follows") { engine.coordinator.role == .following }
                try await eventually("it knows what was told") { engine.judge.state.withLock { !$0.events.isEmpty } }
                try await eventually("it is well") { engine.judge.picture.verdicts["a"]?.state == .up }
                try await fixture.cut()
                try await eventually("it acts") { engine.coordinator.role == .acting }
                let seen = engine.judge.picture.at
                try await eventually("it decided") { engine.judge.picture.at > seen + .seconds(2) }
                #expect(engine.courier.isEmpty)
                probe.show([.init(name: "y", status: .unknown, reason: "vanished", vanishedAt: last)])
                try await eventually("what is news is told") { !engine.courier.isEmpty }
                try await fixture.mend()
                try await eventually("and recorded") { try await fixture.store.events(limit: 9).count == 2 }
                #expect(Set(try await fixture.store.events(limit: 9).map(\.event.instance)) == ["x", "y"])
            }
        }
    }
}
