// SPDX-License-Identifier: Apache-2.0
// Martlet: finds out which database system a run is about.

internal import ObjectStore
internal import Platform
internal import Postgres
internal import Recovery

/// The setting wins; then come what stands in a data folder, the server, or the store, whichever a verb knows.
struct SystemSearch: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The system of the data folder that a file of `pg_wal` lies in, else of the store.
    func system(ofLogFile path: String) async throws(RecoveryError) -> SystemID {
        if let system = context.settings.place.system { return system }
        // The server runs its commands in its data folder, and gives paths from there.
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
        if let bytes = try? FileText.bytes(path: "\(folder)/global/pg_control", limit: 65_536), bytes.count >= 8 {
            // The identifier stands first, in the byte order of the machine.
            return SystemID((0..<8).reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) })
        }
        return try await systemOfStore()
    }

    /// The one system that the store has backups or log of.
    /// - Throws: `.notFound` when there is none, `.request` when there are several.
    func systemOfStore() async throws(RecoveryError) -> SystemID {
        if let system = context.settings.place.system { return system }
        let systems = try await Catalogue(context.store, keys: context.keys).systems()
        guard let system = systems.first else {
            throw RecoveryError(.notFound, "there is no backup in \(context.store.place)")
        }
        guard systems.count == 1 else {
            let list = systems.map(\.description).joined(separator: ", ")
            throw RecoveryError(
                .request,
                "\(context.store.place) has backups of several systems; set MARTLET_BACKUP_SYSTEM to one of: \(list)"
            )
        }
        return system
    }

    /// A database's, also where no replication session is allowed.
    func system(of database: PostgresConfiguration) async throws(RecoveryError) -> SystemID {
        if let system = context.settings.place.system { return system }
        return try await systemOfServer(database)
    }

    /// What a database's server says of itself, whatever the setting says.
    func systemOfServer(_ database: PostgresConfiguration) async throws(RecoveryError) -> SystemID {
        let loop = EventLoop(name: "identity")
        defer { loop.shutdown() }
        do throws(PostgresError) {
            return try await PostgresSession.lend(database, on: loop) { session throws(PostgresError) in
                let rows = try await session.simpleQuery("SELECT system_identifier::text FROM pg_control_system()")
                guard let row = rows.first, row.rowCount == 1, let system = SystemID(try row.string(0, 0)) else {
                    throw PostgresError(.decoding, "the server's identity is not understood")
                }
                return system
            }
            .get()
        } catch {
            throw RecoveryError(.database, "\(database): \(error)", cause: error)
        }
    }

    /// The server's, by a session with it.
    /// - Throws: `.wrongSystem` when the setting says another.
    func system(of session: ReplicationSession) async throws(RecoveryError) -> SystemID {
        let system: SystemID
        do throws(PostgresError) { system = SystemID(try await session.identify().id) } catch {
            throw RecoveryError(.database, "the server doesn't say which system it is: \(error)", cause: error)
        }
        if let wanted = context.settings.place.system, wanted != system {
            throw RecoveryError(.wrongSystem, "the server is system \(system), and MARTLET_BACKUP_SYSTEM is \(wanted)")
        }
        return system
    }
}
