// SPDX-License-Identifier: Apache-2.0
// Martlet: the beacon's transaction, and how exposure and objectives are told.

import Platform
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite("Beacon", .enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct BeaconTests {
    @Test("A beacon is a commit without a row and of at most 200 bytes; where nothing may be written it is none")
    func light() async throws {
        try await TestDatabase.with("beacon") { database in
            let loop = EventLoop(name: "beacon")
            defer { loop.shutdown() }
            let session = try await PostgresSession.connect(try database.configuration, on: loop)
            // Others may write between two looks, so the smallest of some distances counts.
            var smallest = UInt64.max
            var second = LSN.none
            for _ in 0..<20 {
                let first = try #require(try await Beacon.light(session))
                second = try #require(try await Beacon.light(session))
                #expect(second > first)
                smallest = min(smallest, second.value - first.value)
            }
            #expect(smallest <= 200)
            try await session.simpleQuery("SET default_transaction_read_only = on")
            #expect(try await Beacon.light(session) == nil)
            let sight = try await PrimarySight.take(session)
            #expect(sight.flushed > second)
            await session.close()
        }
    }

    @Test("Intervals stay within their bounds")
    func interval() {
        #expect(Beacon().interval == .seconds(10))
        #expect(Beacon(every: .zero).interval == .seconds(1))
        #expect(Beacon(every: .seconds(86_400)).interval == .seconds(3600))
    }
}

@Suite("Figures of a drill")
struct DrillFigureTests {
    private let time = Timestamp(seconds: 1_800_000_000)

    @Test("Exposure is nothing when all was recovered, exact with commit times, an upper limit without")
    func exposure() {
        let all = Exposure(
            PrimarySight(system: SystemID(1), time: time, flushed: LSN(500), lastCommit: nil),
            position: LSN(500),
            lastCommit: time + .seconds(-90)
        )
        #expect(all.bytes == 0 && all.time == .zero && all.isExact)
        let exact = PrimarySight(system: SystemID(1), time: time, flushed: LSN(800), lastCommit: time + .seconds(-30))
        let some = Exposure(exact, position: LSN(500), lastCommit: time + .seconds(-90))
        #expect(some.bytes == 300 && some.time == .seconds(60) && some.isExact)
        let vague = PrimarySight(system: SystemID(1), time: time, flushed: LSN(800), lastCommit: nil)
        let limit = Exposure(vague, position: LSN(500), lastCommit: time + .seconds(-90))
        #expect(limit.time == .seconds(90) && !limit.isExact)
    }

    @Test("What the primary had decides on the loss, where it was asked; a limit that is met is no finding")
    func objectives() throws {
        let id = BackupID(began: time, method: .physical)
        var report = DrillReport(backup: id, system: SystemID(1), began: time)
        report.recoveryTime = .seconds(60)
        report.recoveryPoint = .seconds(100)
        func found(_ objectives: DrillObjectives) -> [String] {
            var judged = report
            judged.judge(objectives)
            return judged.findings.map(\.name)
        }
        #expect(found(DrillObjectives(recoveryTime: .seconds(60), recoveryPoint: .seconds(100))) == [])
        #expect(
            found(DrillObjectives(recoveryTime: .seconds(59), recoveryPoint: .seconds(99))) == [
                "recovery-time", "recovery-point",
            ]
        )
        report.exposure = Exposure(bytes: 0, time: .zero, isExact: true)
        #expect(found(DrillObjectives(recoveryTime: .seconds(60), recoveryPoint: .seconds(1))) == [])
    }

    @Test("A result says whether the backup is bad, the drill could not be made, or it was only slow")
    func outcomes() {
        var report = DrillReport(backup: BackupID(began: time, method: .physical), system: SystemID(1), began: time)
        let limits = DrillObjectives()
        #expect(report.check(limits).outcome == .passed)
        report.findings = [DrillFinding(.objective, "recovery-time", "slow")]
        #expect(report.check(limits).outcome == .passed)
        report.findings = [DrillFinding(.recovery, "store", "away")]
        #expect(report.check(limits).outcome == .failed)
        report.findings.append(DrillFinding(.invariant, "job-is-live-or-done", "lost", count: 1))
        #expect(report.check(limits).outcome == .damaged)
    }
}
