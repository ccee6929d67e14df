// SPDX-License-Identifier: Apache-2.0
// Martlet: copies the catalogue into the ledger, for dashboards.

internal import Jobs
internal import Logging
internal import Postgres
internal import Recovery

/// Keeps the ledger's copy of the catalogue; without a ledger there is none, and no run fails for it.
struct LedgerCopy: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Makes the copy as the catalogue is.
    func resync(_ listing: CatalogueListing) async {
        await withMirror { mirror in await mirror.resync(listing) }
    }

    /// Copies how far the receiver is.
    func note(_ receiver: LogReceiverRecord) async {
        await withMirror { mirror in await mirror.note(receiver) }
    }

    private func withMirror(_ body: @Sendable (BackupMirror) async -> Bool) async {
        guard context.settings.reports.copiesToLedger, let database = context.settings.database else { return }
        var configuration = PostgresPoolConfiguration(database, name: "catalogue", connections: 1)
        configuration.connection.applicationName = "martlet-backup"
        let loop = EventLoop(name: "catalogue")
        defer { loop.shutdown() }
        let pool = PostgresPool(configuration, loops: [loop], logger: context.logger)
        let mirror = BackupMirror(Ledger(pool: pool), logger: context.logger)
        await withTaskGroup(of: Void.self) { group in
            // It ends by being cancelled; what it could not do, the copy says.
            group.addTask { try? await pool.run() }
            _ = await body(mirror)
            group.cancelAll()
        }
    }
}
