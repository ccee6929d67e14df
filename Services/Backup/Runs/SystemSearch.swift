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
        let systems = try await systemsOfStore()
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

    /// All systems in the store, at most 1,000.
    func systemsOfStore() async throws(RecoveryError) -> [SystemID] {
        var systems: [SystemID] = []
        var after: ObjectKey?
        while systems.count < 1_000 {
            let page: ObjectPage
            do throws(ObjectStoreError) {
                page = try await context.store.list(prefix: "", after: after, limit: 1)
            } catch {
                throw RecoveryError(error)
            }
            guard let first = page.objects.first?.key.description.split(separator: "/").first else { break }
            if let system = SystemID(String(first)) { systems.append(system) }
            // Past everything of this one: names are ASCII, and no character of them comes after this one.
            after = ObjectKey("\(first)/zzzzzzzz")
        }
        return systems
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
