// SPDX-License-Identifier: Apache-2.0
// Martlet: the extraction of one archive on a thread of its own.
internal import Postgres

/// Owns a ``TarExtractor``, whose calls block.
actor ArchiveExtraction {
    /// What came out of an archive.
    struct Content: Sendable {
        /// The paths of all files, below the data folder.
        var found: Set<String>
        /// Files that were kept back.
        let held: [String: [UInt8]]
        /// Bytes of all files.
        var bytes: Int64
        /// Where tablespaces will lie, if this is the data folder's archive.
        let places: TablespaceMap
        /// Their folders, by OID.
        let tablespaces: [String: RestoreFolder]
    }

    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let writes: FileWrites
    private var extractor: TarExtractor
    private let mapping: [String: String]
    private var places: TablespaceMap?
    private var tablespaces: [String: RestoreFolder] = [:]

    /// - Parameter mapping: other folders for tablespaces, by those of the backup.
    init(
        into folder: RestoreFolder,
        tablespace: String? = nil,
        _ manifest: BackupManifest,
        _ writes: FileWrites,
        mapping: [String: String] = [:]
    ) {
        loop = EventLoop(name: "restore")
        extractor = TarExtractor(into: folder, tablespace: tablespace, manifest, writes)
        self.writes = writes
        self.mapping = mapping
    }

    deinit { loop.shutdown() }

    /// Takes a piece; waits while too many pieces of files are under way to the disk.
    func take(_ piece: [UInt8]) async throws(RecoveryError) {
        try await writes.room()
        try extractor.take(piece)
        // Known after the first piece: a wrong mapping or a folder in use fails before hours of writing.
        guard places == nil, extractor.found.contains("tablespace_map"), let bytes = extractor.held["tablespace_map"]
        else { return }
        var map = try TablespaceMap(bytes)
        try map.move(mapping)
        for (oid, place) in map.folders { tablespaces[oid] = try RestoreFolder(place) }
        places = map
    }

    /// Waits for what is under way to the disk, so that nothing is written once the restore has failed.
    func abandon() async { try? await writes.settle() }

    /// Ends the archive.
    func finish() async throws(RecoveryError) -> Content {
        try extractor.finish()
        try await writes.settle()
        var map = places ?? TablespaceMap()
        if places == nil { try map.move(mapping) }
        return Content(
            found: extractor.found,
            held: extractor.held,
            bytes: extractor.bytes,
            places: map,
            tablespaces: tablespaces
        )
    }
}
