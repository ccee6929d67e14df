// SPDX-License-Identifier: Apache-2.0
// Martlet: the extraction of one archive on a thread of its own.
internal import Postgres

/// Owns a ``TarExtractor``, whose calls block.
actor ArchiveExtraction {
    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var extractor: TarExtractor

    init(into folder: RestoreFolder, tablespace: String?, _ manifest: BackupManifest, links: [String: String] = [:]) {
        loop = EventLoop(name: "restore")
        extractor = TarExtractor(into: folder, tablespace: tablespace, manifest, links: links)
    }

    deinit { loop.shutdown() }

    /// Takes a piece.
    /// - Returns: a file that is kept back and whole by now.
    func take(_ piece: [UInt8], awaiting name: String? = nil) throws(RecoveryError) -> [UInt8]? {
        try extractor.take(piece)
        guard let name, extractor.found.contains(name) else { return nil }
        return extractor.held[name]
    }

    /// Ends the archive.
    func finish() throws(RecoveryError) -> (found: Set<String>, held: [String: [UInt8]], bytes: Int64) {
        try extractor.finish()
        return (extractor.found, extractor.held, extractor.bytes)
    }
}
