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
    private func listing(_ methods: [BackupMethod], checks: [CheckKind] = []) -> CatalogueListing {
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
                .init(id: id, entry: nil, problem: nil, listed: Self.now, isPinned: false, isRead: false, checks: [])
            },
            unfinished: [],
            lastChecks: results,
            checks: [],
            strangers: []
        )
    }

    @Test func checksFollowTheFirstBackupAndEachComesOnce() {
        var works = FirstWorks(Set(ScheduleSettings.Work.allCases))
        #expect(works.take(listing([]), .physical) == [.backup])
        // It failed: the next one comes in its time.
        #expect(works.take(listing([]), .physical) == [] && !works.isEmpty)
        #expect(works.take(listing([.physical]), .physical) == [.verify, .drill])
        #expect(works.isEmpty)
        #expect(works.take(listing([.physical]), .physical) == [])
    }

    @Test func whatHasBeenDoneIsNotDoneAgain() {
        var works = FirstWorks([.backup, .verify, .drill])
        #expect(works.take(listing([.physical], checks: [.verify]), .physical) == [.drill])
        #expect(works.isEmpty)
    }

    @Test func anotherMethodsBackupIsNoneAndWhatHasNoScheduleIsNotDone() {
        var works = FirstWorks([.backup])
        #expect(works.take(listing([.physical]), .logical) == [.backup])
        #expect(works.isEmpty)
        var drills = FirstWorks([.drill])
        #expect(drills.take(listing([.physical]), .logical) == [] && !drills.isEmpty)
        #expect(FirstWorks([.prune]).isEmpty)
    }
}
