// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of what the status page says of backups.

import Platform
import Testing

@testable import Health
@testable import Jobs

@Suite("What the status page says of backups") struct BackupStandingTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private static func ago(_ hours: Double) -> Timestamp { now + .seconds(-hours * 3_600) }

    private static func check(_ kind: String, _ outcome: String, hoursAgo: Double) -> BackupCheckRecord {
        BackupCheckRecord(
            backup: "20261128T140500Z-physical-0658bd",
            system: "7",
            kind: kind,
            began: ago(hoursAgo + 0.1),
            ended: ago(hoursAgo),
            outcome: outcome
        )
    }

    /// A backup of an hour ago, drilled two hours ago in 30 s with a loss of 0.5 s.
    private static func good() -> BackupSummary {
        var summary = BackupSummary("7")
        summary.lastBackups = ["physical": ago(1), "logical": ago(100)]
        var drill = check("drill", "passed", hoursAgo: 2)
        drill.recoveryPoint = .milliseconds(500)
        drill.recoveryTime = .seconds(30)
        drill.pointObjective = .seconds(900)
        drill.timeObjective = .seconds(14_400)
        summary.lastDrill = drill
        summary.lastMeasured = drill
        return summary
    }

    private static func standing(_ summary: BackupSummary, _ rules: BackupRules = BackupRules()) -> BackupStanding {
        BackupStanding(summary, rules: rules, now: now)
    }

    @Test func everythingInOrder() {
        let standing = Self.standing(Self.good())
        #expect(standing.state == .inOrder)
        #expect(standing.backup == .init(at: Self.ago(1), state: .inOrder))
        #expect(standing.drill == .init(at: Self.ago(2), state: .inOrder))
        #expect(standing.recoveryPoint?.measured == .milliseconds(500) && standing.recoveryPoint?.state == .inOrder)
        #expect(standing.recoveryTime?.objective == .seconds(14_400) && standing.measuredAt == Self.ago(2))
    }

    @Test(arguments: [(35.9, BackupStanding.State.inOrder), (36.1, .late)])
    func aBackupIsLateAfterOneAndAHalfIntervals(hours: Double, state: BackupStanding.State) {
        var summary = Self.good()
        summary.lastBackups = ["physical": Self.ago(hours)]
        #expect(Self.standing(summary).backup.state == state)
        #expect(Self.standing(summary).state == state)
    }

    @Test func theIntervalsAreTheConfigurations() {
        var rules = BackupRules()
        rules.every = .every(.seconds(1_800))
        rules.drillEvery = .every(.seconds(3_600))
        let standing = Self.standing(Self.good(), rules)
        #expect(standing.backup.state == .late && standing.drill.state == .late)
        (rules.every, rules.drillEvery) = (.never, .never)
        #expect(Self.standing(Self.good(), rules).state == .inOrder)
    }

    @Test func neverIsLate() {
        let standing = Self.standing(BackupSummary("7"))
        #expect(standing.backup == .init(at: nil, state: .late) && standing.drill == .init(at: nil, state: .late))
        #expect(standing.recoveryPoint == nil && standing.recoveryTime == nil && standing.measuredAt == nil)
    }

    @Test func damageIsToldUntilThereIsANewerBackup() {
        var summary = Self.good()
        summary.lastVerification = Self.check("verify", "damaged", hoursAgo: 0.5)
        #expect(Self.standing(summary).backup.state == .failed)
        summary.lastBackups["physical"] = Self.ago(0.2)
        #expect(Self.standing(summary).backup.state == .inOrder)
    }

    @Test(arguments: ["failed", "damaged"])
    func aDrillThatFailedIsFailedHoweverNewAndTheFiguresStay(outcome: String) {
        var summary = Self.good()
        summary.lastDrill = Self.check("drill", outcome, hoursAgo: 0.5)
        let standing = Self.standing(summary)
        #expect(standing.drill == .init(at: Self.ago(0.5), state: .failed) && standing.state == .failed)
        #expect(standing.recoveryTime?.measured == .seconds(30) && standing.measuredAt == Self.ago(2))
    }

    @Test func aMissedObjectiveIsFailed() {
        var summary = Self.good()
        summary.lastMeasured?.recoveryTime = .seconds(14_401)
        let standing = Self.standing(summary)
        #expect(standing.recoveryTime?.state == .failed && standing.recoveryPoint?.state == .inOrder)
        #expect(standing.state == .failed)
    }

    /// The schedule of the runs is what it is measured by: the longest time between two counts.
    @Test(arguments: [("7 * * * *", 3_600), ("30 2 * * MON-FRI", 3 * 86_400), ("@weekly", 7 * 86_400)])
    func cronSaysHowOften(_ cron: String, _ seconds: Int) throws {
        let read = try ConfigurationFixture.read(
            "page: {backups: {every: \"${CRON}\"}}\nchecks: [{id: a, heartbeat: {every: \"\(cron)\", grace: 1h}}]",
            ["CRON": cron]
        )
        #expect(read.backups.every == .every(.seconds(seconds)))
        #expect(read.checks.first?.target == "a report every \(Duration.seconds(seconds).words)")
    }

    @Test func theFileSaysHowOftenAndWhetherThePublicSeesIt() throws {
        let read = try ConfigurationFixture.read(
            "page: {backups: {every: 1h, drill_every: 6h, public: false}}\nchecks: []"
        )
        let off = try ConfigurationFixture.read("page: {backups: {drill_every: off}}\nchecks: []")
        #expect(off.backups.drillEvery == .never && off.backups.every == .every(.seconds(86_400)))
        #expect(read.backups.every == .every(.seconds(3_600)) && read.backups.drillEvery == .every(.seconds(21_600)))
        #expect(!read.backups.isPublic)
        #expect(try ConfigurationFixture.read("checks: []").backups == BackupRules())
    }
}
