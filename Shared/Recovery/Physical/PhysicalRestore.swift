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
/// Each file is compared with the server's manifest while it is written. `global/pg_control` comes last, when all the
/// rest is durable: a server never starts on a folder that a killed restore left.
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
    /// - Throws: `.notEmpty`, `.disk` with the file, `.damaged`, `.request` for a tablespace that the backup doesn't
    ///   have, and what the reader says. What was written stays, without its heart.
    public func run(
        from reader: BackupReader,
        progress: BackupProgress? = nil
    ) async throws(RecoveryError) -> RestoreSummary {
        progress?.expect(reader.archives.reduce(0) { $0 + $1.size })
        // First what may be wrong without any data: names of settings, the folder.
        _ = try settings?.applied(to: "")
        let places = try await places(reader)
        let folder = self.folder
        let target = try await worker.run { () throws(RecoveryError) in
            try RestoreFolder.requireEmpty(folder)
            var taken = [folder]
            for (old, place) in places {
                try Self.requireApart(place, of: old, taken)
                try Self.requireEmpty(place, of: old)
                taken.append(place)
            }
            return try RestoreFolder(folder)
        }
        let manifest = try await readManifest(reader)
        let configuration = try await ServerConfiguration.read(from: reader)
        let writes = FileWrites(threads: reader.threads.count)
        let base = ArchiveExtraction(into: target, manifest, writes, mapping: tablespaces)
        var content = try await extract(PhysicalArchives.base, of: reader, base, progress)
        for name in reader.archives.map(\.name) {
            guard let oid = PhysicalArchives.oid(name) else { continue }
            guard let folder = content.tablespaces[oid] else {
                throw RecoveryError(.damaged, "the backup doesn't say where its tablespace \(oid) lay")
            }
            let extraction = ArchiveExtraction(into: folder, tablespace: oid, manifest, writes)
            let part = try await extract(name, of: reader, extraction, progress)
            content.found.formUnion(part.found)
            content.bytes += part.bytes
        }
        if let lost = manifest.files.keys.filter({ !content.found.contains($0) }).min() {
            throw RecoveryError(.damaged, "\(lost) is in the backup's manifest and not in its archives")
        }
        let missing = try await complete(target, content, configuration)
        return RestoreSummary(
            files: content.found.count,
            bytes: content.bytes,
            tablespaces: content.places.folders,
            missingSettings: missing
        )
    }

    /// Where the backup's tablespaces lay, and where they will lie.
    private func places(_ reader: BackupReader) async throws(RecoveryError) -> [(old: String, new: String)] {
        let map = try await TablespaceMap.read(from: reader)
        var moved = map
        try moved.move(tablespaces)
        return map.folders.compactMap { oid, old in moved.folders[oid].map { (old, $0) } }.sorted { $0.old < $1.old }
    }

    /// Each tablespace needs a place of its own, in a folder that is there.
    private static func requireApart(_ place: String, of old: String, _ taken: [String]) throws(RecoveryError) {
        let advice = "`--tablespace-mapping \(old)=NEW` gives the tablespace another place"
        guard !taken.contains(place) else {
            throw RecoveryError(.request, "\(place) is to hold two things of the cluster; \(advice)")
        }
        let parent = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? ""
        guard parent.isEmpty || access(parent, F_OK) == 0 else {
            throw RecoveryError(.request, "there is no folder \(parent); make it, or \(advice)")
        }
    }

    /// All places are looked at before anything is written into one of them.
    private static func requireEmpty(_ place: String, of old: String) throws(RecoveryError) {
        do throws(RecoveryError) { try RestoreFolder.requireEmpty(place) } catch {
            guard error.code == .notEmpty else { throw error }
            throw RecoveryError(
                .notEmpty,
                "a tablespace's place is taken: \(error.message); `--tablespace-mapping \(old)=NEW` gives it another one"
            )
        }
    }

    private func extract(
        _ name: ArchiveName,
        of reader: BackupReader,
        _ extraction: ArchiveExtraction,
        _ progress: BackupProgress?
    ) async throws(RecoveryError) -> ArchiveExtraction.Content {
        do throws(RecoveryError) {
            try await reader.read(name) { piece throws(RecoveryError) in
                try await extraction.take(piece)
                progress?.read(piece.count)
            }
            return try await extraction.finish()
        } catch {
            await extraction.abandon()
            throw error
        }
    }

    /// Reads every file of a restored folder again and compares it with the backup's manifest, as pg_verifybackup does;
    /// for folders on which no server has run yet.
    /// - Returns: what is wrong, in plain words, at most 100; empty: nothing.
    public func verify(against reader: BackupReader) async throws(RecoveryError) -> [String] {
        let verification = FolderVerification(manifest: try await readManifest(reader))
        let folder = folder
        return try await worker.run { () throws(RecoveryError) in
            let map = try OpenFile.bytes(of: "\(folder)/tablespace_map").map { bytes throws(RecoveryError) in
                try TablespaceMap(bytes)
            }
            return try verification.problems(of: folder, tablespaces: map?.folders ?? [:])
        }
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
    /// - Returns: settings that were left out, since what they name is not on this machine.
    private func complete(
        _ target: RestoreFolder,
        _ content: ArchiveExtraction.Content,
        _ configuration: ServerConfiguration
    ) async throws(RecoveryError) -> [String] {
        guard let control = content.held["global/pg_control"] else {
            throw RecoveryError(.damaged, "the backup has no global/pg_control")
        }
        let settings = settings
        return try await worker.run { () throws(RecoveryError) in
            let placed = try configuration.place(into: target)
            if content.held["tablespace_map"] != nil { try target.replace("tablespace_map", content.places.bytes) }
            if var settings {
                settings.others.merge(placed.settings) { own, _ in own }
                let old = try OpenFile.bytes(of: "\(target.path)/postgresql.auto.conf") ?? []
                let new = try settings.applied(to: String(decoding: old, as: UTF8.self))
                try target.replace("postgresql.auto.conf", Array(new.utf8))
                try target.replace("recovery.signal", [])
            }
            for tablespace in content.tablespaces.values {
                try tablespace.release()
                try tablespace.sync()
            }
            try target.release()
            try target.sync()
            try target.replace("global/pg_control", control)
            return placed.missing
        }
    }
}
