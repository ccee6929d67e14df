// SPDX-License-Identifier: Apache-2.0
// Martlet: what retention keeps and why, case by case.

import ObjectStore
import Platform
import Postgres
import Synchronization
import Testing

@testable import Recovery

@Suite("Retention")
struct RetentionPlanTests {
    static let system = SystemID(42)
    static let layout = StoreLayout(system)
    static let segment: UInt64 = 16 << 20
    let now = Timestamp(seconds: 1_796_000_000)

    /// A physical backup that ended so many hours ago, and whose WAL is in segments `start` to `start + 1`.
    func physical(_ hours: Double, timeline: UInt32 = 1, start: UInt64) -> RetainedBackup {
        let ended = now + .seconds(-hours * 3600)
        return RetainedBackup(
            BackupID(began: ended + .seconds(-60), method: .physical, random: UInt32(start)),
            ended: ended,
            timeline: timeline,
            startTimeline: timeline,
            start: start * Self.segment + 40,
            end: start * Self.segment + 400,
            segmentSize: Int(Self.segment)
        )
    }

    func logical(_ hours: Double, _ database: String = "app") -> RetainedBackup {
        let ended = now + .seconds(-hours * 3600)
        return RetainedBackup(
            BackupID(began: ended, method: .logical, random: UInt32(hours)),
            ended: ended,
            database: database
        )
    }

    func log(
        _ timeline: UInt32,
        _ segments: ClosedRange<UInt64>,
        hours: Double = 0,
        history: TimelineHistory? = nil,
        and more: [WALFileName] = []
    ) -> WALTimeline {
        var names = segments.map { WALFileName.segment(segment($0, on: timeline)) }
        if timeline > 1 { names.append(.history(timeline)) }
        let time = now + .seconds(-hours * 3600)
        let files = (names + more).map {
            WALTimeline.File(ObjectInfo(key: Self.layout.wal($0), size: 100, modified: time), $0)
        }
        return WALTimeline(timeline, files: files, history: history)
    }

    func segment(_ number: UInt64, on timeline: UInt32 = 1) -> WALSegment {
        WALSegment(timeline: timeline, holding: LSN(number * Self.segment), size: Int(Self.segment))
    }

    /// The history of timeline 2, for which the first was left at a position.
    func branch(_ end: UInt64) -> TimelineHistory {
        TimelineHistory(timeline: 2, ancestors: [TimelineHistory.Branch(timeline: 1, end: LSN(end))])
    }

    func plan(
        _ backups: [RetainedBackup],
        log: [WALTimeline] = [],
        inUse: BackupID? = nil,
        _ change: (inout RetentionPolicy) -> Void
    ) -> RetentionPlan {
        var policy = RetentionPolicy()
        change(&policy)
        let contents = RetentionContents(Self.system, backups: backups, log: log)
        return RetentionPlan(contents, inUse: inUse, policy: policy, now: now)
    }

    func removed(_ timeline: UInt32, _ plan: RetentionPlan) -> [String] {
        plan.log.filter { $0.timeline == timeline }.flatMap(\.removed).map { String($0.key.name) }.sorted()
    }

    @Test func withoutRulesAllStay() {
        let plan = plan((1...9).map { physical(Double($0) * 1000, start: 100 - UInt64($0)) }) { _ in }
        #expect(plan.isEmpty)
        #expect(plan.backups.allSatisfy { $0.reasons.contains(.noRules) })
    }

    @Test func countAgeAndMinimumAddUp() {
        let backups = [1, 5, 30, 60, 90].map { physical($0, start: 100 - UInt64($0)) }
        #expect(plan(backups) { $0.count = 2 }.removedBackups == backups[2...].reversed().map(\.id))
        #expect(plan(backups) { $0.age = .seconds(50 * 3600) }.removedBackups == backups[3...].reversed().map(\.id))
        #expect(plan(backups) { ($0.count, $0.age) = (4, .seconds(3600)) }.removedBackups == [backups[4].id])
        #expect(plan(backups) { ($0.age, $0.minimum) = (.seconds(60), 3) }.removedBackups.count == 2)
        #expect(plan(backups) { $0.minimum = 3 }.isEmpty)
    }

    @Test func methodsAndDatabasesDontTakeEachOthersPlaces() {
        let backups = [logical(1, "a"), logical(2, "b"), logical(3, "a"), physical(400, start: 3)]
        let plan = plan(backups) { $0.count = 1 }
        #expect(plan.removedBackups == [backups[2].id])
    }

    /// One backup each six hours for 70 days; the last of each period stays.
    @Test func grandfatherFatherSon() {
        let backups = (0..<280).map { physical(Double($0) * 6, start: 1000 - UInt64($0)) }
        let plan = plan(backups) { $0.periods = [.day: 3, .week: 4, .month: 3, .hour: 2, .year: 1] }
        let kept = plan.backups.filter(\.isKept).reversed().map { decision in
            "\(decision.ended?.formatted(fractionDigits: 0) ?? "") \(decision.reasons.map(\.description).joined(separator: ", "))"
        }
        // 1796000000 is Monday, 2026-11-30T00:53:20Z.
        #expect(
            kept == [
                "2026-11-30T00:53:20Z at least 1, last of its day, last of its hour, last of its month, last of its week, last of its year, newest, newest for timeline 1",
                "2026-11-29T18:53:20Z last of its day, last of its hour, last of its week",
                "2026-11-28T18:53:20Z last of its day",
                "2026-11-22T18:53:20Z last of its week",
                "2026-11-15T18:53:20Z last of its week",
                "2026-10-31T18:53:20Z last of its month",
                "2026-09-30T18:53:20Z last of its month",
            ]
        )
    }

    @Test func aWindowKeepsWhatRestoresItsFirstMoment() {
        let backups = [
            physical(10, start: 90), physical(30, start: 70), physical(50, start: 50), physical(70, start: 30),
        ]
        let plan = plan(backups, log: [log(1, 20...95)]) { $0.window = .seconds(40 * 3600) }
        #expect(plan.removedBackups == [backups[3].id])
        #expect(plan.backups[1].reasons.contains(.windowStart))
        #expect(removed(1, plan) == (20..<50).map { "\(segment(UInt64($0)))" })
    }

    /// Set back to an earlier moment: the newest backup belongs to the timeline that was left.
    @Test func theNewestThatRestoresThePresentStays() {
        let backups = [physical(10, start: 90), physical(30, start: 50), physical(50, start: 30)]
        let log = [
            log(1, 20...95), log(2, 60...64, hours: 5, history: branch(60 * Self.segment)),
        ]
        let plan = plan(backups, log: log) { $0.count = 1 }
        #expect(plan.removedBackups == [backups[2].id])
        #expect(plan.backups[1].reasons == [.newestOnTimeline(2)])
        #expect(removed(2, plan).isEmpty)
        #expect(removed(1, plan).count == 30)
        // Backups that were not complete when the timeline was left don't count.
        let cut = [
            self.log(1, 20...95),
            self.log(2, 50...64, history: branch(50 * Self.segment + 100)),
        ]
        #expect(self.plan(backups, log: cut) { $0.count = 1 }.removedBackups == [backups[1].id])
    }

    @Test func anUnknownHistoryKeepsAllThatMayBeNeeded() {
        let backups = [physical(10, start: 90), physical(30, start: 50)]
        let plan = plan(backups, log: [log(1, 20...95), log(2, 60...64, history: nil)]) { $0.count = 1 }
        #expect(plan.removedBackups.isEmpty)
        #expect(plan.backups[0].reasons == [.unknownHistory(2)])
        let later = self.plan(backups + [physical(1, timeline: 2, start: 63)], log: [log(2, 60...64, history: nil)]) {
            $0.count = 1
        }
        #expect(later.removedBackups.count == 2)
    }

    @Test func damagedBackupsDontTakeOthersPlaces() {
        var backups = [
            physical(10, start: 90), physical(30, start: 70), physical(50, start: 50), physical(70, start: 30),
        ]
        backups[0].health = .damaged
        backups[2].health = .sound
        let plan = plan(backups, log: [log(1, 20...95)]) { $0.count = 1 }
        #expect(plan.removedBackups == [backups[3].id])
        #expect(plan.backups[1].reasons == [.newestSound])
        #expect(plan.backups[2].reasons.contains(.count(1)))
    }

    @Test func aBackupThatLacksItsLogIsNotTheOnlyOneThatStays() {
        let backups = [physical(1, start: 90), physical(30, start: 70)]
        #expect(plan(backups, log: [log(1, 60...89)]) { $0.count = 1 }.removedBackups.isEmpty)
        #expect(plan(backups, log: [log(1, 60...90)]) { $0.count = 1 }.removedBackups == [backups[1].id])
    }

    @Test func aBackupWhoseLogCantBeJudgedTakesNoOthersPlace() {
        var backups = [physical(1, start: 90), physical(30, start: 70), physical(50, start: 50)]
        backups[0].segmentSize = nil
        for last in [UInt64(89), 95] {
            let plan = plan(backups, log: [log(1, 40...last)]) { $0.count = 1 }
            #expect(plan.removedBackups == [backups[2].id], "log to \(last)")
        }
    }

    @Test func entriesThatCantBeReadKeepEverythingTheyMayNeed() {
        var backups = [physical(1, start: 90), physical(30, start: 70)]
        backups[1] = RetainedBackup(backups[1].id, ended: backups[1].ended, health: .unreadable)
        let plan = plan(backups, log: [log(1, 1...95)]) { $0.count = 1 }
        #expect(plan.isEmpty)
        #expect(plan.backups[0].reasons == [.unreadable])
    }

    @Test func beforeTheFirstBackupNoLogGoes() {
        #expect(plan([logical(1)], log: [log(1, 1...95)]) { $0.count = 1 }.isEmpty)
    }

    @Test func trimmedLogIsWhatEachBackupNeeds() {
        let backups = [physical(10, start: 90), physical(30, start: 70), physical(50, start: 50)]
        let plan = plan(backups, log: [log(1, 40...95)]) { ($0.count, $0.trimsLog) = (3, true) }
        #expect(plan.removedBackups.isEmpty)
        let gone = Set(removed(1, plan).map { UInt64($0.suffix(2), radix: 16) ?? 0 })
        #expect(gone == Set(40..<50).union(51..<70).union(71..<90))
    }

    @Test func historiesStayAndMarkersGoWithTheirSegments() {
        let marker = WALFileName.backup(segment(1, on: 2), offset: "00000028")
        let backups = [physical(1, timeline: 2, start: 90)]
        let log = log(2, 1...95, history: branch(Self.segment), and: [marker])
        let gone = removed(2, plan(backups, log: [log]) { $0.count = 1 })
        #expect(gone.count == 90)
        #expect(gone.contains("\(marker)"))
        #expect(!gone.contains("00000002.history"))
    }

    @Test func piecesOfWholeSegmentsGo() {
        let whole = segment(90)
        let open = segment(96)
        var timeline = log(1, 90...95)
        for name in [whole, open] {
            let info = ObjectInfo(key: Self.layout.piece(0..<10, of: name), size: 1, modified: now)
            timeline.files.append(WALTimeline.File(info, .segment(name), isPiece: true))
        }
        #expect(removed(1, plan([physical(1, start: 90)], log: [timeline]) { _ in }) == ["00000000-0000000A"])
    }

    @Test func unfinishedOnesGoWhenTheyAreOld() {
        let ids = (0..<4).map { BackupID(began: now, method: .logical, random: $0) }
        let contents = RetentionContents(
            Self.system,
            unfinished: [
                UnfinishedBackup(ids[0], began: now + .seconds(-3600)),
                UnfinishedBackup(ids[1], began: now + .seconds(-3 * 86_400)), UnfinishedBackup(ids[2], began: nil),
                UnfinishedBackup(ids[3], began: now + .seconds(-3 * 86_400)),
            ]
        )
        let plan = RetentionPlan(contents, inUse: ids[3], policy: RetentionPolicy(), now: now)
        #expect(plan.backups.map(\.reasons) == [[.unfinishedYoung], [.unfinishedOld], [.remains], [.inUse]])
        #expect(plan.removedBackups == [ids[1], ids[2]])
    }

    @Test func theNewestResultOfEachCheckStays() {
        let gone = BackupID(began: now, method: .physical, random: 9)
        let checks = [(CheckKind.drill, 1.0), (.drill, 2), (.verify, 3)].map { kind, hours in
            let time = now + .seconds(-hours * 3600)
            let info = ObjectInfo(key: Self.layout.check(kind, of: gone, at: time), size: 1, modified: time)
            return RetentionContents.Check(backup: gone, kind: kind, info: info)
        }
        let contents = RetentionContents(Self.system, checks: checks)
        let plan = RetentionPlan(contents, policy: RetentionPolicy(), now: now)
        #expect(plan.removedChecks == [checks[1].info.key])
    }

    @Test func theDryRunIsReadable() {
        var backups = [physical(1, start: 90), physical(30, start: 70)]
        backups[1].bytes = 5 << 30
        let plan = plan(backups, log: [log(1, 60...95)]) { $0.count = 1 }
        #expect(
            plan.table == """
                BACKUP                            STORED   WHAT    WHY
                20261128T185220Z-physical-000046  5.0 GiB  remove  no rule keeps it
                20261129T235220Z-physical-00005a  0 B      keep    newest 1, at least 1, newest, newest for timeline 1
                WAL of timeline 1: 6 files stay, 30 go (2.9 KiB)

                """
        )
    }
}
