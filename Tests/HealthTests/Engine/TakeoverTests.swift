// SPDX-License-Identifier: Apache-2.0
// Martlet: tests two aggregators on one database: one leads, both probe, and one goes on alone.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct TakeoverTests {
    @Test func oneLeadsBothProbeAndTheOtherGoesOnAlone() async throws {
        try await StoreFixture.with("takeover") { fixture in
            let probes = (0..<30).map { (id: "c\($0)", probe: ScriptedProbe(.up)) }
            let configuration = try HealthConfiguration.scripted(probes)
            let first = try RunningEngine(configuration, on: fixture)
            try await eventually("the first leads") { first.engine.coordinator.role.name == "leading" }
            let second = try RunningEngine(configuration, on: fixture)
            try await eventually("the checks are shared") {
                let (one, two) = (first.engine.scheduler.mine, second.engine.scheduler.mine)
                return one > 0 && two > 0 && one + two == 30
            }
            #expect(first.engine.coordinator.role.name == "leading")
            try await eventually("the second follows") { second.engine.coordinator.role == .following }
            #expect(second.engine.coordinator.leader == first.engine.coordinator.identity.id)
            for probe in probes.prefix(10) { probe.probe.say(.down) }
            try await eventually("each opened once, whoever looked") {
                try await fixture.count("SELECT count(*) FROM health_incident") == 10
            }
            try await eventually("both show them") { second.engine.judge.picture.incidents.count == 10 }
            let epoch = try await fixture.count("SELECT epoch FROM health_lead")
            let start = ContinuousClock.now
            await first.crash()
            try await eventually("the second leads") { second.engine.coordinator.role.name == "leading" }
            try await eventually("and looks at all checks") { second.engine.scheduler.mine == 30 }
            #expect(ContinuousClock.now - start < .seconds(30), "15 seconds are promised; a busy machine gets more")
            #expect(try await fixture.count("SELECT epoch FROM health_lead") == epoch + 1)
            probes[20].probe.say(.down)
            for probe in probes.prefix(10) { probe.probe.say(.up) }
            try await eventually("it goes on with the incidents of the first") {
                try await fixture.count("SELECT count(*) FROM health_incident WHERE resolved_at IS NOT NULL") == 10
            }
            try await eventually("and opens new ones") {
                try await fixture.count("SELECT count(*) FROM health_incident WHERE name = 'c20'") == 1
            }
            #expect(try await fixture.count("SELECT count(*) FROM health_incident") == 11)
            await second.leave()
        }
    }
}
