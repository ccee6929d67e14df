// SPDX-License-Identifier: Apache-2.0
// Martlet: what operators are told beside incidents: instances that vanish, and what only a minority sees.

import Platform
import Testing

@testable import Health

@Suite struct EventTests {
    private static let all = NotificationRoute(name: "all", targets: [.receiver("ops")])
    private static let curious = NotificationRoute(
        name: "curious",
        matcher: NotificationMatcher(events: [.vanished, .advisory]),
        targets: [.receiver("eve")]
    )

    private func gone(_ name: String, at time: Timestamp) -> ProbeResult.Part {
        .init(name: name, status: .unknown, reason: "vanished", vanishedAt: time)
    }

    @Test func anInstanceThatVanishesIsAnEventOnce() throws {
        var scene = try JudgementScene(Self.curious, Self.all)
        scene.find([.up], parts: [.init(name: "x", status: .up)])
        let last = scene.now
        for _ in 0..<60 { scene.find([.up], parts: [gone("x", at: last)]) }
        #expect(scene.told == ["eve:vanished"])
        #expect(scene.records == ["vanished/a/x/\(last.microseconds)"])
        #expect(scene.judgement.takeNews().map(\.text) == ["the instance x of a is gone"])
        // It was there again for some time: that it goes is news.
        for _ in 0..<6 { scene.find([.up], parts: [.init(name: "x", status: .up)]) }
        let next = scene.now
        for _ in 0..<6 { scene.find([.up], parts: [gone("x", at: next)]) }
        #expect(scene.told == ["eve:vanished", "eve:vanished"])
        let message = try #require(scene.notifications.last { $0.receiver == "eve" }).message
        #expect(message.contains("\"a: an instance vanished\"") && message.contains("\"severity\":\"info\""))
    }

    /// What vanished stays a part for three intervals: it is told once, however long these are.
    @Test func atLongIntervalsItIsAnEventOnceToo() throws {
        var scene = try JudgementScene(Self.curious) { $0.interval = .seconds(7_200) }
        scene.find([.up], parts: [.init(name: "x", status: .up)])
        let last = scene.now
        for _ in 0..<2 {
            scene.find([.up], parts: [gone("x", at: last)])
            for _ in 0..<3 { scene.decide() }
        }
        #expect(scene.told == ["eve:vanished"])
        // One that comes and goes within three intervals.
        scene.find([.up], parts: [.init(name: "x", status: .up)])
        let next = scene.now
        for _ in 0..<3 { scene.find([.up], parts: [gone("x", at: next)]) }
        #expect(scene.told == ["eve:vanished"])
    }

    @Test func whoNamesNoEventsHearsOfIncidentsAlone() throws {
        var scene = try JudgementScene(Self.all)
        scene.find([.up, .up, .up])
        for _ in 0..<10 { scene.find([.down, .up, .up], parts: [gone("x", at: scene.now)]) }
        #expect(scene.told.isEmpty && scene.records.count == 2, "recorded all the same: \(scene.records)")
    }

    /// A route for events keeps no incident from the one behind it.
    @Test func aRouteForEventsSwallowsNoIncident() throws {
        var scene = try JudgementScene(Self.curious, Self.all)
        for _ in 0..<2 { scene.find([.down]) }
        #expect(scene.told == ["ops:opened"])
    }

    @Test func whatOneLocationStillFindsHasNotVanished() throws {
        var scene = try JudgementScene(Self.curious)
        func observation(_ location: String, _ part: ProbeResult.Part) -> Observation {
            Observation(check: "a", location: location, state: .up, since: scene.now, at: scene.now, parts: [part])
        }
        let here = observation("here", .init(name: "x", status: .up))
        let there = observation("there", gone("x", at: scene.now))
        scene.see([here, there])
        #expect(scene.told.isEmpty && scene.records.isEmpty)
        scene.see([observation("here", gone("x", at: scene.now)), there])
        #expect(scene.told == ["eve:vanished"])
    }

    @Test func itStandsInTheTimelineOfAnOpenIncidentForOperators() throws {
        var scene = try JudgementScene(Self.all)
        for _ in 0..<2 { scene.find([.down]) }
        scene.find([.down], parts: [gone("x", at: scene.now)])
        let line = try #require(scene.judgement.book.open["a"]?.timeline.last)
        #expect(line.kind == .updated && line.text == "the instance x of a is gone" && !line.isPublic)
        #expect(scene.judgement.unrecorded.values.first?.timeline.last == line, "it is recorded")
        #expect(scene.told == ["ops:opened"])
    }

    @Test func anAdvisoryIsToldWhenItLastsAndWhenItIsOver() throws {
        var scene = try JudgementScene(Self.curious, Self.all)
        scene.find([.up, .up, .up])
        for _ in 0..<3 { scene.find([.down, .up, .up]) }
        #expect(scene.told.isEmpty, "it may be the first of all to see it")
        for _ in 0..<30 { scene.find([.down, .up, .up]) }
        #expect(scene.told == ["eve:advisory"])
        for _ in 0..<3 { scene.find([.up, .up, .up]) }
        #expect(scene.told == ["eve:advisory", "eve:advisory"])
        let messages = scene.notifications.filter { $0.receiver == "eve" }.map(\.message)
        #expect(messages[0].contains("l0: said down") && !messages[0].contains("resolvedAt"))
        #expect(messages[1].contains("resolvedAt") && messages[1].contains("the advisory is over"))
        #expect(scene.records.count == 2 && scene.records[1] == scene.records[0] + "/over")
        #expect(scene.notifications.allSatisfy { !$0.receiver.isEmpty || $0.deliveredAt != nil })
    }

    @Test func whatPassesIsToldNobody() throws {
        var scene = try JudgementScene(Self.curious)
        scene.find([.up, .up, .up])
        for _ in 0..<3 { scene.find([.down, .up, .up]) }
        for _ in 0..<10 { scene.find([.up, .up, .up]) }
        #expect(scene.told.isEmpty && scene.records.isEmpty)
    }

    @Test func maintenanceIsSilent() throws {
        var scene = try JudgementScene(Self.curious)
        scene.maintenance = ["a"]
        scene.find([.up, .up, .up])
        for _ in 0..<30 { scene.find([.down, .up, .up], parts: [gone("x", at: scene.now)]) }
        #expect(scene.told.isEmpty && scene.records.isEmpty)
    }

    @Test func aSuccessorTellsNothingTwiceAndTellsTheEnd() throws {
        var scene = try JudgementScene(Self.curious)
        scene.find([.up, .up, .up])
        let last = scene.now
        for _ in 0..<30 { scene.find([.down, .up, .up], parts: [gone("x", at: last)]) }
        #expect(Set(scene.told) == ["eve:advisory", "eve:vanished"] && scene.told.count == 2)
        let events = [
            HealthEvent(.vanished, check: "a", instance: "x", text: "x", startedAt: last),
            HealthEvent(.advisory, check: "a", text: "l0", startedAt: last + .seconds(10)),
        ]
        #expect(Set(scene.records) == Set(events.map(\.id)), "what the ledger keeps is what it says")
        var successor = try JudgementScene(Self.curious)
        successor.now = scene.now
        successor.judgement.resume(events)
        successor.find([.up, .up, .up], parts: [gone("x", at: last)])
        #expect(successor.records == ["advisory/a/\((last + .seconds(10)).microseconds)/over"])
        #expect(successor.told == ["eve:advisory"])
    }

    @Test func whatOthersToldMeanwhileIsNotToldAndNothingToldHereIsForgotten() throws {
        var scene = try JudgementScene(Self.curious)
        scene.find([.up, .up, .up])
        let last = scene.now
        for _ in 0..<30 { scene.find([.down, .up, .up], parts: [gone("x", at: last)]) }
        scene.judgement.learn([HealthEvent(.vanished, check: "a", instance: "y", text: "y", startedAt: last)])
        for _ in 0..<6 { scene.find([.down, .up, .up], parts: [gone("x", at: last), gone("y", at: last)]) }
        #expect(Set(scene.told) == ["eve:advisory", "eve:vanished"] && scene.told.count == 2)
        for _ in 0..<3 { scene.find([.up, .up, .up]) }
        #expect(scene.told.count == 3, "the advisory is over")
        // The ledger does not know it yet.
        scene.judgement.learn([HealthEvent(.advisory, check: "a", text: "l0", startedAt: last + .seconds(10))])
        for _ in 0..<3 { scene.find([.up, .up, .up]) }
        #expect(scene.told.count == 3, "its end is told once")
        scene.judgement.learn([HealthEvent(.advisory, check: "a", text: "l0", startedAt: last + .seconds(20))])
        scene.find([.up, .up, .up])
        #expect(scene.told.count == 4, "what others told is over too")
    }

    @Test func eventsAreCoded() throws {
        let event = HealthEvent(
            .vanished,
            check: "a",
            instance: "[::1]:80",
            text: "x",
            startedAt: time("2026-01-31T08:00:00Z")
        )
        let record = try OutgoingNotification(event, at: event.startedAt)
        #expect(record.receiver.isEmpty && record.deliveredAt == event.startedAt && record.event == "vanished")
        #expect(record.message.contains("\"startedAt\":\"2026-01-31T08:00:00.000000Z\""))
    }
}
