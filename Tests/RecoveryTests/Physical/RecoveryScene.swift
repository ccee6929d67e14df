// SPDX-License-Identifier: Apache-2.0
// Martlet: a server, a store and what is needed to back one up into the other.

import Glibc
import Logging
import ObjectStore
import Platform
import Postgres
import Synchronization
import TestSupport

@testable import Recovery

/// What one test has.
struct RecoveryScene: Sendable {
    let folder: RecoveryFolder
    let store: DirectoryStore
    /// The key as text, for another process.
    let keyLine: String
    let keys: KeyRing
    let options: VaultOptions

    /// Lends a scene and removes it.
    static func with<Value>(_ body: (RecoveryScene) async throws -> Value) async throws -> Value {
        let folder = try RecoveryFolder()
        guard let line = RingKey.generate(id: "test") else { throw ClusterFailure("no key") }
        return try await body(try await RecoveryScene(folder, keyLine: line))
    }

    init(_ folder: RecoveryFolder, keyLine: String) async throws {
        guard let key = RingKey(parsing: keyLine) else { throw ClusterFailure("no key") }
        self.folder = folder
        self.keyLine = keyLine
        store = try await DirectoryStore(folder: "\(folder.path)/store", making: true)
        keys = try KeyRing([key])
        var options = VaultOptions()
        options.compression = .lz4
        self.options = options
    }

    /// Lends a running server and ends it.
    func withServer<Value>(
        segmentMiB: Int = 1,
        settings: [String] = [],
        _ body: (RecoveryServer) async throws -> Value
    ) async throws -> Value {
        try await RecoveryServer.make(in: folder, segmentMiB: segmentMiB, settings: settings).lend(body)
    }

    func session(_ server: RecoveryServer) async throws -> ReplicationSession {
        try await ReplicationSession.connect(try server.configuration, on: server.loop)
    }

    func system(_ server: RecoveryServer) async throws -> SystemID {
        let session = try await session(server)
        let id = try await session.identify().id
        await session.close()
        return SystemID(id)
    }

    func archive(_ system: SystemID) -> WALArchive {
        WALArchive(of: system, in: store, keys: keys, options: options)
    }

    /// Takes a backup.
    func backUp(
        _ server: RecoveryServer,
        _ adjust: (inout PhysicalBackup) -> Void = { _ in }
    ) async throws -> (entry: CatalogueEntry, outcome: PhysicalOutcome) {
        let system = try await system(server)
        let writer = try await BackupWriter.begin(
            BackupID(began: .now(), method: .physical),
            of: system,
            in: store,
            keys: keys,
            options: options,
            pace: BytePace(),
            progress: BackupProgress()
        )
        var backup = PhysicalBackup(BaseBackupOptions(label: "a test's \"backup\""))
        backup.secondLook = try server.configuration
        adjust(&backup)
        let session = try await session(server)
        do {
            let outcome = try await backup.run(session, of: system, into: writer)
            await session.close()
            return (try await writer.finish(outcome.facts), outcome)
        } catch {
            await session.close()
            await writer.abandon()
            throw error
        }
    }

    /// Restores a backup into a new folder; the log comes from the archive's content at this moment.
    func restore(
        _ entry: CatalogueEntry,
        target: RecoveryTarget = .latest,
        action: RecoverySettings.Action = .promote,
        timeline: String = "latest",
        tablespaces: [String: String] = [:],
        others: [String: String] = [:]
    ) async throws -> RecoveryServer {
        let data = try folder.make("restored-\(UInt32.random(in: 0 ... .max))")
        let spool = try await spool(entry.system)
        var settings = RecoverySettings(restoreCommand: "cp \(spool)/%f \"%p\"")
        settings.target = target
        settings.action = action
        settings.timeline = timeline
        settings.others = others.merging(["archive_mode": "off", "synchronous_standby_names": ""]) { first, _ in first }
        var restore = PhysicalRestore(into: data, settings: settings)
        restore.tablespaces = tablespaces
        let reader = try await BackupReader.open(entry, in: store, keys: keys, pace: BytePace())
        _ = try await restore.run(from: reader)
        let problems = try await restore.verify(against: reader)
        guard problems.isEmpty else { throw ClusterFailure("the restored folder is wrong: \(problems)") }
        return try RecoveryServer(folder, data: data)
    }

    /// The server's manifest in a backup.
    func manifest(_ entry: CatalogueEntry) async throws -> [UInt8] {
        let reader = try await BackupReader.open(entry, in: store, keys: keys, pace: BytePace())
        let bytes = Mutex<[UInt8]>([])
        try await reader.read(PhysicalArchives.manifest) { piece throws(RecoveryError) in
            bytes.withLock { $0 += piece }
        }
        return bytes.withLock { $0 }
    }

    /// Fetches the whole archive into a folder, from which a server's restore_command copies.
    func spool(_ system: SystemID) async throws -> String {
        let path = try folder.make("spool-\(UInt32.random(in: 0 ... .max))")
        let archive = archive(system)
        var names: Set<String> = []
        for key in try await archive.names("\(system)/wal/") {
            let part = key.description.split(separator: "/")[3]
            names.insert(part.hasSuffix(".part") ? String(part.dropLast(5)) : String(part))
        }
        for name in names {
            guard try await archive.fetch(name, into: "\(path)/\(name)") != .absent else {
                throw ClusterFailure("\(name) is listed and not there")
            }
            RecoveryServer.own("\(path)/\(name)")
        }
        return path
    }

    /// Lends a server whose archive_command puts its log into a folder, which is lent too.
    func withArchivingServer<Value>(
        _ body: (RecoveryServer, _ queue: String) async throws -> Value
    ) async throws -> Value {
        let queue = try folder.make("queue")
        let command = "archive_command = 'cp %p \(queue)/%f.tmp && mv \(queue)/%f.tmp \(queue)/%f'"
        return try await withServer(settings: ["archive_mode = on", command]) { server in
            try await body(server, queue)
        }
    }

    /// Pushes what a server's archive_command put into a folder.
    func push(from queue: String, _ system: SystemID) async throws {
        let archive = archive(system)
        for name in RecoveryFolder.names(in: queue).sorted() where WALFileName(name) != nil {
            try await archive.push("\(queue)/\(name)")
        }
    }

    /// Runs a receiver for the time of `body`.
    func withReceiver<Value: Sendable>(
        _ server: RecoveryServer,
        _ system: SystemID,
        isSynchronous: Bool = false,
        interval: Duration = .seconds(1),
        onEvent: @escaping @Sendable (WALReceiverEvent) -> Void = { _ in },
        _ body: (WALReceiver) async throws -> Value
    ) async throws -> Value {
        let receiver = try receiver(server, system, isSynchronous: isSynchronous, interval: interval, onEvent: onEvent)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await receiver.run() }
            let value = try await body(receiver)
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }

    /// A receiver that does not run yet.
    func receiver(
        _ server: RecoveryServer,
        _ system: SystemID,
        isSynchronous: Bool = false,
        interval: Duration = .seconds(1),
        onEvent: @escaping @Sendable (WALReceiverEvent) -> Void = { _ in }
    ) throws -> WALReceiver {
        var configuration = try server.configuration
        configuration.applicationName = "receiver"
        var settings = try WALReceiverSettings(slot: "martlet")
        settings.isSynchronous = isSynchronous
        settings.interval = interval
        return WALReceiver(
            configuration,
            into: archive(system),
            settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onEvent: onEvent
        )
    }
}

/// The error of this module that `body` throws.
func recoveryFailure<Value>(_ body: () async throws -> Value) async -> RecoveryError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? RecoveryError ?? RecoveryError(.internal, "not an error of this module: \(error)")
    }
}
