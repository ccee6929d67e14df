// SPDX-License-Identifier: Apache-2.0
// Martlet: what a new server gets before its schedules come round.

import Platform
import Testing

@testable import BackupService
@testable import Recovery

@Suite("What is done for the first time at once")
struct FirstWorksTests {
    private static let now = Timestamp(seconds: 1_795_996_800)

    /// What a store has after one backup of each method, and checks of them.
    private func listing(
        _ methods: [BackupMethod],
        checks: [CheckKind] = [],
        opens: Bool = true
    ) -> CatalogueListing {
        let system = SystemID(7)
        let ids = methods.map { BackupID(began: Self.now, method: $0) }
        let results = checks.map { kind in
            CheckedResult(
                result: CheckResult(
                    kind,
                    of: ids.first ?? BackupID(began: Self.now, method: .physical),
                    system: system,
                    began: Self.now,
                    ended: Self.now,
                    outcome: .passed
                ),
                standing: .verified
            )
        }
        return CatalogueListing(
            system: system,
            backups: ids.map { id in
                .init(
                    id: id,
                    entry: opens ? entry(id, system) : nil,
                    problem: nil,
                    listed: Self.now,
                    isPinned: false,
                    isRead: false,
                    checks: []
                )
            },
            unfinished: [],
            lastChecks: results,
            checks: [],
            strangers: []
        )
    }

    private func entry(_ id: BackupID, _ system: SystemID) -> CheckedEntry {
        let facts = BackupFacts(began: Self.now, serverVersion: 150_020)
        let entry = CatalogueEntry(
            id: id,
            system: system,
            facts: facts,
            ended: Self.now,
            plainSize: 1,
            storedSize: 1,
            compression: .lz4,
            isEncrypted: true,
            keyID: "test",
            program: "0.1.0",
            volumes: [],
            archives: [],
            attempt: 1,
            index: IndexSummary(size: 1, sum: SHA256Sum(of: []))
        )
        return CheckedEntry(entry: entry, standing: .verified)
    }

    /// What fails is due again, and checks follow the first backup.
    @Test func eachIsDueUntilTheStoreShowsIt() {
        var works = FirstWorks(Set(ScheduleSettings.Work.allCases))
        #expect(works.take(listing([]), .physical) == [.backup])
        #expect(works.take(listing([]), .physical) == [.backup])
        #expect(works.take(listing([.physical]), .physical) == [.verify, .drill])
        #expect(works.take(listing([.physical], checks: [.verify]), .physical) == [.drill])
        #expect(works.take(listing([.physical], checks: [.verify, .drill]), .physical) == [] && works.open.isEmpty)
        #expect(works.take(listing([]), .physical) == [], "once done, the schedule has it")
    }

    @Test func anotherMethodsBackupsAndThoseThatDoNotOpenAreNone() {
        var works = FirstWorks([.backup])
        #expect(works.take(listing([.physical]), .logical) == [.backup])
        #expect(works.take(listing([.logical], opens: false), .logical) == [.backup])
        #expect(works.take(listing([.logical]), .logical) == [])
        var drills = FirstWorks([.drill])
        #expect(drills.take(listing([.physical], checks: [.drill]), .logical) == [] && drills.open == [.drill])
        #expect(FirstWorks([.prune]).open.isEmpty)
    }

    @Test func looksComeAtGrowingPauses() {
        var (works, now) = (FirstWorks([.backup]), ContinuousClock.now)
        #expect(works.wantsLook(at: now))
        for pause in [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600] {
            works.rest(from: now)
            #expect(!works.wantsLook(at: now + .seconds(pause - 1)) && works.wantsLook(at: now + .seconds(pause)))
            now += .seconds(pause)
        }
        _ = works.take(listing([.physical]), .physical)
        #expect(!works.wantsLook(at: now + .seconds(86_400)))
    }
}
