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
            while !Task.isCancelled {
                do throws(HealthError) {
                    calendar.replace(try await store.maintenance())
                    if isLeading(), turn % 6 == 0 { try await fold() }
                    if turn % 12 == 0 {
                        uptimes.load(days: try await store.days(UptimeBook.days), hours: try await hours())
                    }
                    if isLeading(), turn % 720 == 0 { try await clean() }
                } catch {
                    logger.debug("upkeep waits for the ledger", metadata: ["error": "\(error)"])
                }
                turn += 1
                try? await Task.sleep(for: .seconds(5))
            }
        }
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
        try await store.foldObjectives()
    }
}
