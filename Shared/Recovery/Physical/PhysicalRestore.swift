// SPDX-License-Identifier: Apache-2.0
// Martlet: a physical restore: a backup's archives become a cluster in an empty folder.
internal import Glibc
internal import Synchronization

/// Restores a physical backup.
///
/// ```swift
/// let restore = PhysicalRestore(into: "/var/lib/postgresql/15/main", settings: settings)
/// let summary = try await restore.run(from: reader)
/// ```
/// Each file is compared with the server's manifest while it is written. `global/pg_control` comes last, when all the rest
/// is durable: a server never starts on a folder that a killed restore left.
public struct PhysicalRestore: Sendable {
    /// The folder of the new cluster: empty, or not there yet.
    public var folder: String
    /// Other folders for tablespaces, by those of the backup.
    public var tablespaces: [String: String] = [:]
    /// How the server recovers; nil: with the log in its own `pg_wal`, which is empty.
    public var settings: RecoverySettings?

    private let worker = FileWorker(name: "restore")
    private static let manifestLimit = 512 << 20

    /// Takes the folder and the settings.
    public init(into folder: String, settings: RecoverySettings?) {
        self.folder = folder
        self.settings = settings
    }

    /// Restores.
    /// - Throws: `.notEmpty`, `.disk` with the file, `.damaged`, `.request` for a tablespace that the backup doesn't have,
    ///   and what the reader says. What was written stays, without its heart.
    public func run(from reader: BackupReader) async throws(RecoveryError) -> RestoreSummary {
        // First what may be wrong without any data: names of settings, the folder.
        _ = try settings?.applied(to: "")
        let folder = self.folder
        let target = try await worker.run { () throws(RecoveryError) in try RestoreFolder(folder) }
        let manifest = try await readManifest(reader)
        let names = reader.archives.map(\.name)
        let oids = names.compactMap(PhysicalArchives.oid).sorted()

        var places = TablespaceMap()
        var folders: [String: RestoreFolder] = [:]
        let base = ArchiveExtraction(into: target, tablespace: nil, manifest)
        var isMapRead = oids.isEmpty && tablespaces.isEmpty
        let steps = Mutex<TablespaceMap?>(nil)
        let mapping = tablespaces
        let mapIsDue = Mutex(!isMapRead)
        try await reader.read(PhysicalArchives.base) { piece throws(RecoveryError) in
            let awaited = mapIsDue.withLock { $0 } ? "tablespace_map" : nil
            guard let bytes = try await base.take(piece, awaiting: awaited) else { return }
            // Known after the first piece: a wrong mapping fails before hours of writing.
            var map = try TablespaceMap(bytes)
            try map.move(mapping)
            let found = map
            steps.withLock { $0 = found }
            mapIsDue.withLock { $0 = false }
        }
        let whole = try await base.finish()
        if let map = steps.withLock({ $0 }) {
            places = map
            isMapRead = true
        }
        guard isMapRead, oids.allSatisfy({ places.folders[$0] != nil }) else {
            throw RecoveryError(
                oids.isEmpty ? .request : .damaged,
                oids.isEmpty ? "the backup has no tablespaces to move" : "the backup says not where its tablespaces lay"
            )
        }
        var (found, bytes) = (whole.found, whole.bytes)
        for oid in oids {
            guard let place = places.folders[oid], let name = UInt32(oid).map(PhysicalArchives.tablespace) else {
                continue
            }
            let folder = try await worker.run { () throws(RecoveryError) in try RestoreFolder(place) }
            folders[oid] = folder
            let extraction = ArchiveExtraction(into: folder, tablespace: oid, manifest)
            try await reader.read(name) { piece throws(RecoveryError) in _ = try await extraction.take(piece) }
            let part = try await extraction.finish()
            found.formUnion(part.found)
            bytes += part.bytes
        }
        if let lost = manifest.files.keys.filter({ !found.contains($0) }).min() {
            throw RecoveryError(.damaged, "\(lost) is in the backup's manifest and not in its archives")
        }
        try await complete(target, Array(folders.values), places, whole.held)
        return RestoreSummary(files: found.count, bytes: bytes, tablespaces: places.folders)
    }

    private func readManifest(_ reader: BackupReader) async throws(RecoveryError) -> BackupManifest {
        let bytes = Mutex<[UInt8]>([])
        try await reader.read(PhysicalArchives.manifest) { piece throws(RecoveryError) in
            let size = bytes.withLock { bytes in
                bytes += piece
                return bytes.count
            }
            guard size <= Self.manifestLimit else {
                throw RecoveryError(.damaged, "the backup's manifest is too large")
            }
        }
        return try BackupManifest(bytes.withLock { $0 })
    }

    /// Writes what makes a cluster of the files, in the order that keeps a server from starting too early.
    private func complete(
        _ target: RestoreFolder,
        _ tablespaces: [RestoreFolder],
        _ places: TablespaceMap,
        _ held: [String: [UInt8]]
    ) async throws(RecoveryError) {
        guard let control = held["global/pg_control"] else {
            throw RecoveryError(.damaged, "the backup has no global/pg_control")
        }
        let settings = settings
        try await worker.run { () throws(RecoveryError) in
            if !places.folders.isEmpty { try target.replace("tablespace_map", places.bytes) }
            if let settings {
                let old = try target.bytes(of: "postgresql.auto.conf") ?? []
                let new = try settings.applied(to: String(decoding: old, as: UTF8.self))
                try target.replace("postgresql.auto.conf", Array(new.utf8))
                try target.replace("recovery.signal", [])
            }
            for tablespace in tablespaces { try tablespace.sync() }
            try target.sync()
            try target.replace("global/pg_control", control)
        }
    }
}
