// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that the status page's backups are the ledger's.

import Jobs
import Logging
import Platform
import Synchronization
import Testing

@testable import Health

@Suite("Backups that the aggregator reads from the ledger") struct BackupWatchTests {
    @Test func theSystemWithTheNewestBackupStandsFirst() async throws {
        try await StoreFixture.with("backup_watch") { fixture in
            let ledger = Ledger(pool: fixture.pool)
            let changes = Mutex(0)
            let watch = BackupWatch(ledger: ledger, logger: Logger(label: "watch")) { changes.withLock { $0 += 1 } }
            await watch.read()
            #expect(watch.standings(BackupRules(), at: .now()).isEmpty && changes.withLock { $0 } == 0)
            for (system, age) in [("1", 7_200), ("2", 60), ("3", 3_600)] {
                let ended = Timestamp.now() + .seconds(-age)
                try await ledger.keep(
                    BackupRecord(
                        id: "20261128T140500Z-physical-00000\(system)",
                        system: system,
                        method: "physical",
                        isComplete: true,
                        began: ended + .seconds(-10),
                        ended: ended
                    )
                )
            }
            await watch.read()
            await watch.read()
            #expect(watch.standings(BackupRules(), at: .now()).map(\.system) == ["2", "3", "1"])
            #expect(changes.withLock { $0 } == 1)
        }
    }
}
