// SPDX-License-Identifier: Apache-2.0
// Martlet: what must be done now and then: history carried on, partitions, windows made while running, figures for the pages.

internal import Logging
internal import Platform
internal import ServiceLifecycle

/// Work that is done now and then.
struct Upkeep: Service {
    let store: HealthStore
    let calendar: MaintenanceCalendar
    let uptimes: UptimeBook
    let isLeading: @Sendable () -> Bool
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var turn = 0
            var wasLeading = false
            while !Task.isCancelled {
                await attempt("windows") { () async throws(HealthError) in
                    calendar.replace(try await store.maintenance())
                }
                // Who takes the lead looks after the partitions first: they may have been missing for long.
                if isLeading(), turn % 720 == 0 || !wasLeading { await attempt("partitions", clean) }
                if isLeading(), turn % 6 == 0 { await attempt("history", fold) }
                if turn % 12 == 0 { await attempt("figures", read) }
                wasLeading = isLeading()
                turn += 1
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }

    /// One step that fails keeps the others from nothing.
    private func attempt(_ step: String, _ body: () async throws(HealthError) -> Void) async {
        do throws(HealthError) { try await body() } catch {
            guard !Task.isCancelled else { return }
            logger.warning("upkeep waits for the ledger", metadata: ["step": "\(step)", "error": "\(error)"])
        }
    }

    /// All days once, and then those that still change.
    private func read() async throws(HealthError) {
        let hours = try await hours()
        // A few days at a time: all of many checks at once would take more room than everything else here.
        let oldest = uptimes.isComplete ? 2 : UptimeBook.days - 1
        for start in stride(from: 0, through: oldest, by: 6) {
            let days = try await store.days(start...min(start + 5, oldest))
            uptimes.load(days: days, hours: hours, today: Timestamp.now().day)
        }
        uptimes.isComplete = true
    }

    private func fold() async throws(HealthError) {
        // A bound, so that a long outage is worked off beside everything else.
        for _ in 0..<24 where try await !store.foldOnce() { return }
    }

    private func hours() async throws(HealthError) -> [Int: [String: FindingCounts]] {
        var result: [Int: [String: FindingCounts]] = [:]
        for span in UptimeBook.hours { result[span] = try await store.hours(span) }
        return result
    }

    private func clean() async throws(HealthError) {
        try await store.keepPartitions()
        try await store.dropOldNotifications()
        try await store.dropOldObservations()
        try await store.dropOldAlerts()
        try await store.dropOldSubscriptionRequests()
        try await store.dropOldAnnouncements()
        try await store.dropOldCommands()
        try await store.foldObjectives()
    }
}
