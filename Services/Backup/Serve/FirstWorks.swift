// SPDX-License-Identifier: Apache-2.0
// Martlet: what a new server gets before its schedules come round. Pure: times in, works out.

internal import Recovery

/// Works that may never have been done: a first backup, its first verification and its first drill don't wait for their schedules.
///
/// Each look at the store says what it lacks; what fails is due again at the next look, after a pause that grows to an hour.
struct FirstWorks {
    private static let pauses: ClosedRange<Duration> = .seconds(5) ... .seconds(3_600)

    /// Those that the store has not shown yet.
    private(set) var open: Set<ScheduleSettings.Work>
    private var pause = Self.pauses.lowerBound
    private var next: ContinuousClock.Instant?

    /// - Parameter works: Those that have a schedule.
    init(_ works: Set<ScheduleSettings.Work>) { open = works.subtracting([.prune]) }

    /// Whether to look at the store.
    func wantsLook(at now: ContinuousClock.Instant) -> Bool { !open.isEmpty && next.map { $0 <= now } ?? true }

    /// After a look and what it led to.
    mutating func rest(from now: ContinuousClock.Instant) {
        next = now + pause
        pause = min(pause * 2, Self.pauses.upperBound)
    }

    /// What the store shows to be due now; a check waits until there is a backup.
    mutating func take(_ listing: CatalogueListing, _ method: BackupMethod) -> [ScheduleSettings.Work] {
        // Of one that does not open nobody knows what it is worth.
        let isBackedUp = listing.backups.contains { $0.id.method == method && $0.entry != nil }
        func isChecked(_ kind: CheckKind) -> Bool {
            listing.lastChecks.contains { $0.result.kind == kind && $0.result.backup.method == method }
        }
        if isBackedUp { open.remove(.backup) }
        if isChecked(.verify) { open.remove(.verify) }
        if isChecked(.drill) { open.remove(.drill) }
        return ScheduleSettings.Work.allCases.filter { open.contains($0) && ($0 == .backup || isBackedUp) }
    }
}
