// SPDX-License-Identifier: Apache-2.0
// Martlet: a physical backup is worth nothing without its log, so it waits for it.

internal import Postgres
internal import Recovery

/// Makes sure that a server's log gets into the archive.
struct LogWait: Sendable {
    /// How long the log may take; the server ends its segment with the backup, so that it is archived at once.
    private static let limit: Duration = .seconds(60)
    private static let advice =
        "set archive_mode = on and archive_command = 'martlet-backup wal-push %p', or run `martlet-backup receive`; "
        + "`martlet-backup check` says more"

    private let archive: WALArchive

    /// Looks how the log gets there, before hours are spent.
    /// - Throws: `.request` when nobody brings it there.
    init(_ archive: WALArchive, _ session: ReplicationSession, slot: String?) async throws(RecoveryError) {
        self.archive = archive
        var isBrought = false
        do throws(PostgresError) {
            isBrought = try await session.show("archive_mode") != "off"
            if !isBrought, let slot { isBrought = try await session.slot(slot) != nil }
        } catch {
            throw RecoveryError(.database, "the server doesn't show its settings: \(error)", cause: error)
        }
        guard isBrought else {
            throw RecoveryError(.request, "nobody brings the server's log into the store: \(Self.advice)")
        }
    }

    /// Waits until the archive has all that a backup needs.
    /// - Throws: `.missingLog` with the first missing segment, `.cancelled`, `.store`.
    func until(_ outcome: PhysicalOutcome) async throws(RecoveryError) {
        do throws(RecoveryError) { try await archive.awaitLog(of: outcome, within: Self.limit) } catch {
            guard error.code == .missingLog else { throw error }
            throw RecoveryError(
                .missingLog,
                "\(error.message) \(Self.advice). Then `backup --resume` goes on",
                cause: error
            )
        }
    }
}
