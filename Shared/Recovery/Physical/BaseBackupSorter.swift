// SPDX-License-Identifier: Apache-2.0
// Martlet: looks into a base backup while it passes: names of archives, borders of files, pages.
internal import Postgres

/// Follows a base backup; does no I/O.
struct BaseBackupSorter {
    /// The pages' check; nil when the cluster has no checksums.
    private(set) var check: PageCheck?
    /// Files that have passed.
    private(set) var files = 0

    private let ownChunk: Int64
    private var reader: TarReader?
    private var tablespace: String?
    private var isOwnChunk = false

    init(check: PageCheck?, ownChunk: Int64) {
        self.check = check
        self.ownChunk = ownChunk
    }

    /// An archive or the manifest begins.
    /// - Returns: the name it gets in the vault.
    /// - Throws: `.damaged` for a name that the server doesn't give.
    mutating func begin(_ event: BaseBackupEvent) throws(RecoveryError) -> ArchiveName {
        guard case .archive(let name, _) = event else { return PhysicalArchives.manifest }
        reader = TarReader()
        tablespace = nil
        if name == "base.tar" { return PhysicalArchives.base }
        guard name.hasSuffix(".tar"), let oid = UInt32(name.dropLast(4)) else {
            throw RecoveryError(.damaged, "the server sends an archive called \(name.debugDescription)")
        }
        tablespace = String(oid)
        return PhysicalArchives.tablespace(oid)
    }

    /// Follows a piece of what began last.
    /// - Returns: where chunks shall end, before and behind the content of large files.
    mutating func cuts(in piece: [UInt8]) throws(RecoveryError) -> [Int] {
        guard reader != nil else { return [] }
        var (cuts, position): ([Int], Int) = ([], 0)
        while let part = try reader?.next(in: piece.span, at: &position) {
            switch part {
            case .entry(let entry):
                if entry.kind == .file { files += 1 }
                check?.begin(entry, tablespace: tablespace)
                isOwnChunk = entry.size >= ownChunk
                if isOwnChunk { cuts.append(position) }
            case .content(let range): check?.take(piece.span, range)
            case .entryEnd:
                if isOwnChunk { cuts.append(position) }
            }
        }
        return cuts
    }

    /// What began last is over.
    /// - Throws: `.damaged` when an archive is cut off.
    mutating func finish() throws(RecoveryError) {
        try reader?.finish()
        reader = nil
    }
}
