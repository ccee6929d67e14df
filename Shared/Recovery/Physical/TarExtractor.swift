// SPDX-License-Identifier: Apache-2.0
// Martlet: writes the files of one archive into a folder while the archive passes.

/// Extracts one archive; its calls block.
///
/// Names that lead out of the folder are refused, and so is everything that exists already. What ``holdsBack`` names is
/// kept in memory for the end of the restore.
struct TarExtractor: ~Copyable {
    /// Files that are kept back, of at most ``limit`` bytes.
    static let holdsBack: Set<String> = ["global/pg_control", "tablespace_map"]
    static let limit = 1 << 20

    /// What was kept back.
    private(set) var held: [String: [UInt8]] = [:]
    /// The paths of all files with size and checksum, below the data folder.
    private(set) var found: Set<String> = []
    /// Bytes of all files.
    private(set) var bytes: Int64 = 0

    private let folder: RestoreFolder
    private let root: String
    private let manifest: BackupManifest
    private var reader = TarReader()
    private var entry: TarEntry?
    private let writes: FileWrites
    private var file: WrittenFile?
    private var offset: Int64 = 0
    private var checksum = FileChecksum.none

    /// - Parameters:
    ///   - tablespace: the tablespace's OID; nil for the data folder.
    ///   - writes: writes the files; the owner settles it.
    init(into folder: RestoreFolder, tablespace: String?, _ manifest: BackupManifest, _ writes: FileWrites) {
        self.folder = folder
        self.writes = writes
        root = tablespace.map { "pg_tblspc/\($0)/" } ?? ""
        self.manifest = manifest
    }

    /// Takes a piece of the archive.
    /// - Throws: `.damaged` when a file is not what the manifest says, `.request` for an unsafe name, `.disk`.
    mutating func take(_ piece: [UInt8]) throws(RecoveryError) {
        var position = 0
        while let part = try reader.next(in: piece.span, at: &position) {
            switch part {
            case .entry(let entry): try begin(entry)
            case .content(let range): try write(piece, range)
            case .entryEnd: try end()
            }
        }
    }

    /// Checks that the archive has come to its end.
    func finish() throws(RecoveryError) { try reader.finish() }

    private mutating func begin(_ entry: TarEntry) throws(RecoveryError) {
        // The data folder itself, as tar programs name it.
        if entry.kind == .folder, entry.path.isEmpty || entry.path == "." { return self.entry = entry }
        guard entry.isSafe else {
            throw RecoveryError(.request, "the archive has an unsafe name: \(entry.path.debugDescription)")
        }
        self.entry = entry
        switch entry.kind {
        case .folder: try folder.makeFolder(entry.path, mode: entry.mode)
        case .link:
            // Tablespaces come as a map, so no archive of ours has links.
            throw RecoveryError(.request, "the archive has an unexpected link: \(entry.path.debugDescription)")
        case .file:
            guard let expected = manifest.files[root + entry.path] else {
                throw RecoveryError(.damaged, "\(root)\(entry.path) is not in the backup's manifest")
            }
            guard expected.size == entry.size else {
                throw RecoveryError(
                    .damaged,
                    "\(root)\(entry.path) has \(entry.size) bytes, and the manifest says \(expected.size)"
                )
            }
            guard let sum = FileChecksum(expected.algorithm) else {
                throw RecoveryError(.request, "checksums of kind \(expected.algorithm ?? "") are not supported")
            }
            checksum = sum
            if Self.holdsBack.contains(root + entry.path) {
                guard entry.size <= Self.limit else {
                    throw RecoveryError(.damaged, "\(entry.path) has \(entry.size) bytes")
                }
                held[entry.path] = []
            } else {
                file = WrittenFile(try folder.makeFile(entry.path, mode: entry.mode), size: entry.size)
                offset = 0
            }
        }
    }

    private mutating func write(_ piece: [UInt8], _ range: Range<Int>) throws(RecoveryError) {
        guard let entry else { return }
        checksum.update(piece.span.extracting(range))
        bytes += Int64(range.count)
        if held[entry.path] != nil {
            held[entry.path]?.append(contentsOf: piece[range])
        } else if let file {
            try writes.submit(piece, range, to: file, at: offset)
            offset += Int64(range.count)
        }
    }

    private mutating func end() throws(RecoveryError) {
        guard let entry else { return }
        self.entry = nil
        file = nil
        guard entry.kind == .file else { return }
        let path = root + entry.path
        if let expected = manifest.files[path]?.checksum, expected != checksum.hexadecimal {
            throw RecoveryError(
                .damaged,
                "\(path) has checksum \(checksum.hexadecimal), and the manifest says \(expected)"
            )
        }
        guard found.insert(path).inserted else {
            throw RecoveryError(.damaged, "\(path) is twice in the archive")
        }
    }
}
