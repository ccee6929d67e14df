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
    private var extractor: TarExtractor
    private let mapping: [String: String]
    private var places: TablespaceMap?
    private var tablespaces: [String: RestoreFolder] = [:]

    /// - Parameter mapping: other folders for tablespaces, by those of the backup.
    init(
        into folder: RestoreFolder,
        tablespace: String? = nil,
        _ manifest: BackupManifest,
        mapping: [String: String] = [:]
    ) {
        loop = EventLoop(name: "restore")
        extractor = TarExtractor(into: folder, tablespace: tablespace, manifest)
        self.mapping = mapping
    }

    deinit { loop.shutdown() }

    /// Takes a piece.
    func take(_ piece: [UInt8]) throws(RecoveryError) {
        try extractor.take(piece)
        // Known after the first piece: a wrong mapping or a folder in use fails before hours of writing.
        guard places == nil, extractor.found.contains("tablespace_map"), let bytes = extractor.held["tablespace_map"]
        else { return }
        var map = try TablespaceMap(bytes)
        try map.move(mapping)
        for (oid, place) in map.folders { tablespaces[oid] = try RestoreFolder(place) }
        places = map
    }

    /// Ends the archive.
    func finish() throws(RecoveryError) -> Content {
        try extractor.finish()
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
