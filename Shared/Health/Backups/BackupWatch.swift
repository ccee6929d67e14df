// SPDX-License-Identifier: Apache-2.0
// Martlet: reads what the ledger knows of backups.

internal import Jobs
internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import Synchronization

/// Reads the ledger's copy of the catalogues every 15 s; while the ledger is away, what was read last stays: it has times, not ages.
final class BackupWatch: Service {
    static let interval: Duration = .seconds(15)

    private let ledger: Ledger
    private let logger: Logger
    private let onChange: @Sendable () -> Void
    private let known = Mutex<[BackupSummary]>([])

    init(ledger: Ledger, logger: Logger, onChange: @escaping @Sendable () -> Void) {
        self.ledger = ledger
        self.logger = logger
        self.onChange = onChange
    }

    func run() async throws {
        await repeating(every: Self.interval) { await self.read() }
    }

    func read() async {
        do throws(JobsError) {
            let found = try await ledger.backupSummaries()
            let isNew = known.withLock { known in
                defer { known = found }
                return known != found
            }
            if isNew { onChange() }
        } catch {
            logger.debug("the ledger's copy of the backups was not read", metadata: ["error": "\(error)"])
        }
    }

    /// All systems, that with the newest backup first; empty where there never was a backup.
    func standings(_ rules: BackupRules, at now: Timestamp) -> [BackupStanding] {
        known.withLock { $0 }.map { BackupStanding($0, rules: rules, now: now) }.sorted {
            ($0.backup.at ?? .init(microseconds: 0), $0.system) > ($1.backup.at ?? .init(microseconds: 0), $1.system)
        }
    }
}
