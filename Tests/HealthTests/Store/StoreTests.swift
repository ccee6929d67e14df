// SPDX-License-Identifier: Apache-2.0
// Martlet: leases, the lead and its fence, observations and incidents in a real ledger.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct StoreTests {
    private func aggregator(_ id: Int64, _ location: String = "here") -> Aggregator {
        let now = Timestamp.now()
        return Aggregator(
            id: id,
            location: location,
            address: "http://\(id)",
            version: "1",
            checks: 3,
            startedAt: now,
            seenAt: now
        )
    }

    @Test func leasesEndAndMembersAreThoseWhoseHaveNot() async throws {
        try await StoreFixture.with("members") { fixture in
            let store = fixture.store
            #expect(try await store.renew(aggregator(1), for: .seconds(60)).map(\.id) == [1])
            #expect(
                try await store.renew(aggregator(2, "there"), for: .milliseconds(-1)).map(\.id) == [1],
                "an ended lease is none"
            )
            #expect(try await store.renew(aggregator(2, "there"), for: .seconds(60)).map(\.id) == [1, 2])
            let members = try await store.renew(aggregator(1), for: .seconds(60))
            #expect(
                members.map(\.location) == ["here", "there"] && members.map(\.address) == ["http://1", "http://2"]
            )
            try await store.leave(2)
            #expect(try await store.renew(aggregator(1), for: .seconds(60)).map(\.id) == [1])
        }
    }

    @Test func oneLeadsAndTheEpochFencesTheOtherOut() async throws {
        try await StoreFixture.with("lead") { fixture in
            let store = fixture.store
            let first = try #require(try await store.lead(1, for: .seconds(60)))
            #expect(try await store.lead(2, for: .seconds(60)) == nil)
            #expect(try await store.lead(1, for: .milliseconds(-1)) == first, "keeping it does not change the epoch")
            let second = try #require(try await store.lead(2, for: .seconds(60)))
            #expect(second.epoch == first.epoch + 1)
            #expect(try await store.leader() == second)
            // The first one wakes up, and believes that it leads.
            let incident = Incident(
                id: 7,
                check: "a",
                title: "A is DOWN",
                state: .down,
                severity: .critical,
                startedAt: .now()
            )
            let error = await #expect(throws: HealthError.self) { try await store.record([incident], [], as: first) }
            #expect(error?.code == .fenced)
            #expect(try await fixture.count("SELECT count(*) FROM health_incident") == 0)
            try await store.record([incident], [], as: second)
            #expect(try await fixture.count("SELECT count(*) FROM health_incident") == 1)
            try await store.leave(2)
            #expect(
                try await store.lead(1, for: .seconds(60))?.epoch == second.epoch + 1,
                "who leaves gives the lead up"
            )
        }
    }

    @Test func observationsComeBackAsTheyWereAndNewerOnesStay() async throws {
        try await StoreFixture.with("observations") { fixture in
            let now = Timestamp(microseconds: Timestamp.now().microseconds)
            let full = Observation(
                check: "api",
                location: "here",
                state: .down,
                since: now + .seconds(-60),
                reason: "connection refused: \"x\"",
                isFlapping: true,
                isSuspect: true,
                failingSince: now + .seconds(-59),
                at: now,
                latency: .milliseconds(12),
                parts: [.init(name: "database", status: .down, reason: "no answer"), .init(name: "bus", status: .up)],
                certificateExpiry: now + .seconds(86_400)
            )
            let plain = Observation(check: "api", location: "there", state: .up, since: now, at: now)
            try await fixture.store.write([full, plain])
            #expect(
                try await fixture.store.observations(since: now).sorted { $0.location < $1.location } == [full, plain]
            )
            var late = plain
            late.state = .down
            late.at = now + .seconds(-1)
            try await fixture.store.write([late])
            #expect(
                try await fixture.store.observations(since: now + .seconds(-5)).first { $0.location == "there" }?.state
                    == .up
            )
            #expect(try await fixture.store.observations(since: now + .seconds(1)).isEmpty)
        }
    }

    @Test func incidentsComeBackWithTheirTimelines() async throws {
        try await StoreFixture.with("incidents") { fixture in
            let store = fixture.store
            let lead = try #require(try await store.lead(1, for: .seconds(60)))
            let now = Timestamp.now()
            var incident = Incident(
                id: 42,
                check: "db",
                title: "db is DOWN",
                state: .down,
                severity: .critical,
                startedAt: now
            )
            incident.rootCause = .init(check: "disk", reason: "full")
            incident.affected = ["api", "worker"]
            incident.note(.opened, "db is DOWN: no answer", at: now)
            let notification = OutgoingNotification(
                id: "42-opened-1/ops",
                incident: 42,
                receiver: "ops",
                event: "opened",
                message: "{}",
                dueAt: now
            )
            try await store.record([incident], [notification], as: lead)
            #expect(try await store.openIncidents(endedWithin: .seconds(600)) == [incident])
            incident.note(.acknowledged, "acknowledged", at: now, by: "operator", isPublic: false)
            incident.status = .acknowledged
            incident.acknowledgedAt = now
            incident.acknowledgedBy = "operator"
            // The same notification a second time is no second notification.
            try await store.record([incident], [notification], as: lead)
            #expect(try await store.incident(42) == incident)
            #expect(try await fixture.count("SELECT count(*) FROM health_notification") == 1)
            incident.status = .resolved
            incident.resolvedAt = now
            incident.note(.resolved, "db is UP again", at: now)
            try await store.record([incident], [], as: lead)
            #expect(try await store.openIncidents(endedWithin: .seconds(600)) == [incident])
            #expect(try await store.openIncidents(endedWithin: .zero).isEmpty)
            #expect(try await store.incidents(status: .resolved, limit: 10) == [incident])
            #expect(try await store.incidents(before: 42, limit: 10).isEmpty)
            #expect(try await store.incident(43) == nil)
        }
    }

    @Test func aCheckHasOneOpenIncidentWhoeverWrites() async throws {
        try await StoreFixture.with("unique") { fixture in
            let lead = try #require(try await fixture.store.lead(1, for: .seconds(60)))
            let now = Timestamp.now()
            let first = Incident(id: 1, check: "a", title: "", state: .down, severity: .critical, startedAt: now)
            let second = Incident(id: 2, check: "a", title: "", state: .down, severity: .critical, startedAt: now)
            try await fixture.store.record([first], [], as: lead)
            let error = await #expect(throws: HealthError.self) {
                try await fixture.store.record([second], [], as: lead)
            }
            #expect(error?.code == .invalid)
        }
    }

    @Test func whatOneAggregatorLooksAtEveryOtherCanRead() async throws {
        try await StoreFixture.with("others") { fixture in
            #expect(try await fixture.store.knows(check: "a") == false)
            _ = try await fixture.store.numbers(of: ["a"])
            #expect(try await fixture.store.knows(check: "a"))
            let now = Timestamp(seconds: Timestamp.now().microseconds / 1_000_000)
            let gone = ProbeResult.Part(name: "x", status: .unknown, reason: "vanished", vanishedAt: now)
            let known = ["here", "there"].map {
                Observation(check: "a", location: $0, state: .up, since: now, at: now, parts: [gone])
            }
            try await fixture.store.write(known)
            let read = try await fixture.store.observations(of: "a")
            #expect(read.sorted { $0.location < $1.location } == known)
            #expect(try await fixture.store.observations(of: "b").isEmpty)
        }
    }

    /// What is decided together is recorded at the same time.
    @Test func pagesOfEventsLeaveNoneOut() async throws {
        try await StoreFixture.with("eventpages") { fixture in
            let now = Timestamp.now()
            for decision in 0..<2 {
                let records = try (0..<7).map { number in
                    let name = "10.0.\(decision).\(number):80"
                    let at = now + .seconds(decision)
                    let event = HealthEvent(.vanished, check: "a", instance: name, text: "x", startedAt: at)
                    return try OutgoingNotification(event, at: at)
                }
                try await fixture.store.record(records)
            }
            let distinct = try await fixture.count("SELECT count(DISTINCT created_at) FROM health_notification")
            #expect(distinct == 2)
            var (names, cursor, pages): ([String], EventCursor?, Int) = ([], nil, 0)
            repeat {
                let page = try await fixture.store.eventPage(of: "a", from: cursor, limit: 3)
                names += page.events.compactMap(\.event.instance)
                cursor = try page.next.map { try #require(EventCursor($0.description)) }
                pages += 1
            } while cursor != nil && pages < 10
            #expect(pages == 5 && names.count == 14 && Set(names).count == 14, "\(names)")
            #expect(names.prefix(7).allSatisfy { $0.hasPrefix("10.0.1.") }, "newest first")
            let all = try await fixture.store.events(limit: 100)
            let middle = try #require(all.first?.at)
            #expect(try await fixture.store.events(before: middle, limit: 100).count == 7)
        }
    }

    @Test func aCursorIsWhatItWroteOrATime() {
        let cursor = EventCursor(at: Timestamp(seconds: 1_800_000_000), id: "vanished/ä/[::1]:80/1")
        #expect(EventCursor(cursor.description) == cursor)
        #expect(cursor.description.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) })
        let time = EventCursor(before: time("2026-01-31T08:00:00Z"))
        #expect(EventCursor("2026-01-31T08:00:00Z") == time && EventCursor(time.description) == time)
        let long = EventCursor(at: Timestamp(seconds: 1), id: String(repeating: "x", count: 1_001)).description
        for text in [
            "", "a", "a1", "a1.", "b1.YQ", "a1.YQ.YQ", "a!.YQ", "a1.!!", "a1._w", "yesterday", "a0.AA",
            "a-zzzzzzzzzzzz.YQ",
            "azzzzzzzzzzzz.YQ", long,
        ] {
            #expect(EventCursor(text) == nil, "\(text)")
        }
    }
}
