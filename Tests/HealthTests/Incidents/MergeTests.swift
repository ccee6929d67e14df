// SPDX-License-Identifier: Apache-2.0
// Martlet: what was decided without the ledger, and what stands in it, become one.

import Platform
import Testing

@testable import Health

@Suite struct MergeTests {
    private static let all = NotificationRoute(name: "all", targets: [.receiver("ops")])

    /// A trouble that was recorded, and went on without the ledger.
    private func outage() throws -> (scene: JudgementScene, stored: Incident) {
        var scene = try JudgementScene(Self.all)
        for _ in 0..<2 { scene.find([.down]) }
        let stored = try #require(scene.judgement.takeUnrecorded().incidents.first)
        scene.judgement.merge([stored], told: [:])
        return (scene, stored)
    }

    @Test func whatWasAskedForWithoutTheLedgerStays() throws {
        var (scene, stored) = try outage()
        let isDone = scene.judgement.act(.init(.acknowledge, incident: stored.id, by: "ada"), at: scene.now)
        #expect(isDone)
        scene.judgement.merge([stored], told: [:])
        let merged = try #require(scene.judgement.book.open["a"])
        #expect(merged.acknowledgedBy == "ada" && merged.status == .acknowledged)
        #expect(merged.timeline.map(\.number) == [1, 2])
        #expect(scene.judgement.unrecorded == [stored.id: merged])
    }

    @Test func ourLinesFollowThoseOfOthers() throws {
        var (scene, stored) = try outage()
        let isDone = scene.judgement.act(.init(.comment, incident: stored.id, by: "ada", text: "ours"), at: scene.now)
        #expect(isDone)
        stored.status = .acknowledged
        stored.acknowledgedBy = "bob"
        stored.acknowledgedAt = scene.now
        stored.note(.acknowledged, "acknowledged", at: scene.now, by: "bob")
        stored.note(.comment, "theirs", at: scene.now, by: "bob")
        scene.judgement.merge([stored], told: [:])
        let merged = try #require(scene.judgement.book.open["a"])
        #expect(merged.timeline.map(\.number) == [1, 2, 3, 4])
        #expect(merged.timeline.map(\.text).suffix(2) == ["theirs", "ours"])
        #expect(merged.status == .acknowledged && merged.acknowledgedBy == "bob", "nobody's acknowledgement is lost")
        #expect(scene.judgement.unrecorded[stored.id] == merged)
        // A second time nothing is said twice.
        scene.judgement.merge([merged], told: [:])
        #expect(scene.judgement.book.open["a"] == merged)
    }

    @Test func whatOthersEndedAndWeKnowNothingNewOfIsOver() throws {
        var (scene, stored) = try outage()
        stored.status = .resolved
        stored.resolvedAt = scene.now
        stored.note(.resolved, "a is UP again", at: scene.now)
        scene.judgement.merge([stored], told: [:])
        #expect(scene.judgement.book.open.isEmpty && scene.judgement.book.recent["a"] == stored)
        #expect(scene.judgement.unrecorded.isEmpty)
    }

    @Test func whatEndedWithoutTheLedgerIsRecordedHoweverLongAgo() throws {
        var (scene, stored) = try outage()
        for _ in 0..<200 { scene.find([.up]) }
        #expect(scene.judgement.book.recent.isEmpty, "its reopen window is over")
        scene.judgement.merge([stored], told: [:])
        #expect(scene.judgement.book.open.isEmpty)
        #expect(scene.judgement.unrecorded[stored.id]?.timeline.map(\.kind) == [.opened, .resolved])
    }

    @Test func whatIsToldAfterwardsIsCountedOn() throws {
        var (scene, stored) = try outage()
        for _ in 0..<2 { scene.find([.up]) }
        for _ in 0..<2 { scene.find([.down]) }
        #expect(scene.told == ["ops:opened", "ops:resolved", "ops:reopened"])
        scene.judgement.merge([stored], told: [:])
        scene.told = []
        for _ in 0..<20 { scene.find([.up]) }
        #expect(scene.told == ["ops:resolved"])
        let ids = scene.notifications.map(\.id)
        #expect(Set(ids).count == ids.count, "a number that was used is not used again: \(ids)")
    }
}
