// SPDX-License-Identifier: Apache-2.0
// Martlet: who is told what of an incident as time passes: in maintenance, and of a target that comes and goes.

import Platform
import Testing

@testable import Health

@Suite struct JudgementTests {
    private static let insistent = NotificationRoute(
        name: "all",
        targets: [.receiver("ops")],
        reminderInterval: .seconds(60),
        escalation: [.init(after: .seconds(120), targets: [.receiver("boss")])]
    )

    @Test func remindersAndEscalationsWaitUntilMaintenanceIsOver() throws {
        var scene = try JudgementScene(Self.insistent)
        for _ in 0..<2 { scene.find([.down]) }
        #expect(scene.told == ["ops:opened"])
        scene.maintenance = ["a"]
        for _ in 0..<60 { scene.find([.down]) }
        #expect(scene.told == ["ops:opened"], "ten minutes of work, and nobody is reminded")
        scene.maintenance = []
        scene.find([.down])
        #expect(scene.told.dropFirst() == ["boss:escalated", "ops:reminder"], "what is due follows once")
    }

    @Test func anIncidentThatEndsInMaintenanceRemindsNobodyAfterwards() throws {
        var scene = try JudgementScene(Self.insistent)
        for _ in 0..<2 { scene.find([.down]) }
        scene.maintenance = ["a"]
        for _ in 0..<60 { scene.find([.up]) }
        scene.maintenance = []
        for _ in 0..<60 { scene.find([.up]) }
        #expect(scene.told == ["ops:opened", "ops:resolved"])
    }

    @Test(arguments: [1, 3])
    func aFlappingTargetIsOneIncidentAndFewMessages(_ locations: Int) throws {
        var scene = try JudgementScene(.init(name: "all", targets: [.receiver("ops")]))
        // An hour, in which it is up, degraded and down in turns that no threshold settles.
        let turns: [ProbeResult.Status] = [.up, .degraded, .degraded, .up, .down, .down, .up, .up, .degraded, .down]
        for number in 0..<360 {
            scene.find(Array(repeating: turns[number % turns.count], count: locations))
        }
        #expect(scene.count("opened") == 1)
        #expect(scene.count("updated") <= 2, "worse once, and that it comes and goes: \(scene.told)")
        #expect(scene.count("resolved") == scene.count("reopened") && scene.count("resolved") <= 1, "\(scene.told)")
        for _ in 0..<200 { scene.find(Array(repeating: .up, count: locations)) }
        #expect(scene.told.last == "ops:resolved")
        #expect(scene.judgement.book.open.isEmpty)
    }

    /// Slower than the flap detector sees: each turn is believed, and the pauses until it counts as over grow.
    @Test func aSlowlyFlappingTargetIsToldLessAndLess() throws {
        var scene = try JudgementScene(.init(name: "all", targets: [.receiver("ops")]))
        for _ in 0..<20 {
            for _ in 0..<12 { scene.find([.down]) }
            for _ in 0..<24 { scene.find([.up]) }
        }
        #expect(scene.count("opened") == 1 && scene.judgement.book.open["a"] != nil)
        #expect(scene.count("reopened") <= 5, "of twenty turns: \(scene.told)")
    }
}
