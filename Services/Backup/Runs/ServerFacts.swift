// SPDX-License-Identifier: Apache-2.0
// Martlet: asks a server for what `check` judges.

internal import Postgres
internal import Recovery

/// Reads ``ServerCheck/Facts``.
struct ServerFacts: Sendable {
    private let database: PostgresConfiguration
    private let slot: String?

    init(_ database: PostgresConfiguration, slot: String?) {
        self.database = database
        self.slot = slot
    }

    private static let query = """
        SELECT current_setting('server_version_num'), current_user,
          (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user)::text,
          coalesce((SELECT (last_failed_time > coalesce(last_archived_time, '-infinity')) FROM pg_stat_archiver), false)::text
        """
    private static let names = [
        "wal_level", "max_wal_senders", "archive_mode", "archive_command", "archive_library", "archive_timeout",
        "fsync", "full_page_writes", "data_checksums", "data_directory", "config_file", "hba_file", "ident_file",
    ]

    /// Asks.
    /// - Throws: `.database`.
    func read(on loop: EventLoop) async throws(RecoveryError) -> ServerCheck.Facts {
        do throws(PostgresError) {
            return try await PostgresSession.lend(database, on: loop, read).get()
        } catch {
            throw RecoveryError(.database, "\(database): \(error)", cause: error)
        }
    }

    private func read(_ session: PostgresSession) async throws(PostgresError) -> ServerCheck.Facts {
        var facts = ServerCheck.Facts()
        let list = Self.names.map { "'\($0)'" }.joined(separator: ", ")
        let rows = try await session.simpleQuery("SELECT name, setting FROM pg_settings WHERE name IN (\(list))")
        if let rows = rows.first {
            for row in 0..<rows.rowCount { facts.settings[try rows.string(row, 0)] = try rows.string(row, 1) }
        }
        if let row = try await session.simpleQuery(Self.query).first, row.rowCount == 1 {
            facts.version = Int(try row.string(0, 0)) ?? 0
            facts.role = try row.string(0, 1)
            facts.mayReplicate = try row.string(0, 2) == "true"
            facts.isArchiverFailing = try row.string(0, 3) == "true"
        }
        // Whatever the reason, the finding says what to do.
        do throws(RecoveryError) {
            facts.isConfigurationRead = try await ServerConfiguration.read(session) != nil
        } catch {
            facts.isConfigurationRead = false
        }
        // A slot's name has only a-z, 0-9 and _.
        if let slot {
            let rows = try await session.simpleQuery(
                "SELECT active::text FROM pg_replication_slots WHERE slot_name = '\(slot)'"
            )
            if let row = rows.first, row.rowCount == 1 { facts.slot = (slot, try row.string(0, 0) == "true") }
        }
        return facts
    }
}
