// SPDX-License-Identifier: Apache-2.0
// Martlet: has announced what was recorded, and the begin of maintenance.

internal import FoundationEssentials
internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import Synchronization

/// Hands announcements over to jobs. Any number of copies does no harm; that only the leader does it saves work.
final class Announcer: Service {
    /// Announcements handed over at once.
    static let batch = 50
    /// The begin of a window is news for an hour.
    static let news: Duration = .seconds(3_600)

    private let store: HealthStore
    private let jobs: SubscriptionJobs
    private let calendar: MaintenanceCalendar
    private let configuration: @Sendable () -> HealthConfiguration
    private let isLeading: @Sendable () -> Bool
    private let logger: Logger
    /// The windows that were announced, so that the ledger is not asked again and again.
    private let announced = Mutex<Set<String>>([])

    init(
        store: HealthStore,
        jobs: SubscriptionJobs,
        calendar: MaintenanceCalendar,
        logger: Logger,
        configuration: @escaping @Sendable () -> HealthConfiguration,
        isLeading: @escaping @Sendable () -> Bool
    ) {
        self.store = store
        self.jobs = jobs
        self.calendar = calendar
        self.logger = logger
        self.configuration = configuration
        self.isLeading = isLeading
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var isFull = false
                if self.isLeading() {
                    do throws(HealthError) {
                        try await self.announceMaintenance(at: .now())
                        isFull = try await self.handOver() == Self.batch
                    } catch {
                        self.logger.debug("announcements wait for the ledger", metadata: ["error": "\(error)"])
                    }
                }
                if !isFull { try? await Task.sleep(for: .seconds(2)) }
            }
        }
    }

    /// Records the begin of windows that have just begun, once for each.
    func announceMaintenance(at now: Timestamp) async throws(HealthError) {
        let configuration = configuration()
        guard configuration.subscriptions.isOffered else { return }
        var open: Set<String> = []
        for window in calendar.windows(at: now) {
            guard let (from, to) = window.occurrence(at: now), from <= now, now - from < Self.news,
                let (announcement, audience) = Announcement.of(window, from: from, to: to, configuration)
            else { continue }
            open.insert(announcement.id)
            if announced.withLock({ $0.contains(announcement.id) }) { continue }
            try await store.announce(announcement.id, try Self.text(announcement), audience)
        }
        let known = open
        announced.withLock { $0 = known }
    }

    /// Hands over what waits; returns how many there were.
    func handOver() async throws(HealthError) -> Int {
        let waiting = try await store.waitingAnnouncements(Self.batch)
        let configuration = configuration()
        for entry in waiting {
            var isTold = configuration.subscriptions.isOffered
            if isTold, let id = entry.incident {
                // An incident that was forgotten meanwhile is no news.
                if let incident = try await store.incident(id),
                    let (announcement, audience) = Announcement.of(incident, entry: entry.number, configuration)
                {
                    try await store.describe(entry.id, try Self.text(announcement), audience)
                } else {
                    isTold = false
                }
            }
            if isTold { try await jobs.announce(entry.id) }
            try await store.noteHandedOver(entry.id)
        }
        return waiting.count
    }

    private static func text(_ announcement: Announcement) throws(HealthError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let text = try? encoder.encode(announcement) else {
            throw HealthError(.internal, "an announcement can't be written")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
