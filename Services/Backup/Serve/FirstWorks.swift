// SPDX-License-Identifier: Apache-2.0
// Martlet: what a new server gets before its schedules come round. Pure.

internal import Recovery

/// Works that may never have been done: a first backup, its first verification and its first drill come at once, each once.
struct FirstWorks {
    private var open: Set<ScheduleSettings.Work>

    /// - Parameter works: Those that have a schedule.
    init(_ works: Set<ScheduleSettings.Work>) { open = works.subtracting([.prune]) }

    /// Whether there is nothing to find out any more.
    var isEmpty: Bool { open.isEmpty }

    /// What the store shows to be due now; a check waits until there is a backup.
    mutating func take(_ listing: CatalogueListing, _ method: BackupMethod) -> [ScheduleSettings.Work] {
        let isBackedUp = listing.backups.contains { $0.id.method == method }
        var due: [ScheduleSettings.Work] = []
        for work in ScheduleSettings.Work.allCases where open.contains(work) {
            let isDone: Bool
            switch work {
            case .backup, .prune: isDone = isBackedUp
            case .verify, .drill:
                guard isBackedUp else { continue }
                let kind: CheckKind = work == .verify ? .verify : .drill
                isDone = listing.lastChecks.contains { $0.result.kind == kind }
            }
            open.remove(work)
            if !isDone { due.append(work) }
        }
        return due
    }
}
