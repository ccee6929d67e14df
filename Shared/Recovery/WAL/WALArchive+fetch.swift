// SPDX-License-Identifier: Apache-2.0
// Martlet: giving a file of the log to PostgreSQL's restore_command.
internal import Glibc
internal import ObjectStore

extension WALArchive {
    /// What a fetch found.
    public enum Fetch: Hashable, Sendable {
        /// The file is there, whole.
        case whole
        /// The file is the last of its timeline: made of pieces, and zeros behind them.
        case pieces
        /// The archive has no such file; recovery ends or tries another timeline.
        case absent
    }

    /// Writes a file of the log to a path, durable and whole, in place of what may be there.
    ///
    /// Absent is only what a store lacks that has something of the cluster: a disk that is not mounted leaves an empty
    /// folder. Of several stores each must say so: one that is away may have what the others lack.
    ///
    /// A receiver may join pieces, or complete the segment, while they are read: then what it made of them is read.
    /// - Parameters:
    ///   - endsAtGap: Whether a gap is taken for the end of the log, as an operator wants who gives up what lies
    ///     behind it; default false.
    ///   - trustsRest: Whether the stores that are there may say it for those that are away; default false.
    /// - Throws: `.missingLog` for a segment that is not whole though a later one of its timeline is there; `.damaged`,
    ///   `.wrongKey`, `.wrongSystem`, `.store`, `.disk`; `.request` for a name that is none. Recovery must not take any
    ///   of these for the end of the log.
    public func fetch(
        _ name: String,
        into path: String,
        endsAtGap: Bool = false,
        trustsRest: Bool = false
    ) async throws(RecoveryError) -> Fetch {
        guard let file = WALFileName(name) else {
            throw RecoveryError(.request, "\(name.debugDescription) is no file of the write-ahead log")
        }
        var outcome = Fetch.whole
        var length = 0
        var bytes = try await whole(file)
        if bytes == nil, case .segment(let segment) = file {
            let prefix = try await prefix(of: segment).bytes
            (outcome, length) = (.pieces, prefix.count)
            if length > 0 { bytes = try Self.filled(prefix, segment) }
            let later = endsAtGap ? nil : try await next(after: segment)
            // It may have been completed, and its pieces removed, since it was looked for.
            if bytes == nil || later != nil, let found = try await whole(file) { (bytes, outcome) = (found, .whole) }
            if outcome == .pieces, let later {
                // The server would take this for the end of the log and lose what comes after without a word.
                throw RecoveryError(.missingLog, "\(segment) is missing though the archive has \(later)")
            }
        }
        // The server takes both for the end of the log.
        if bytes == nil || outcome == .pieces {
            if trustsRest || store.copies.count == 1 {
                if bytes == nil { try await proveStore() }
            } else {
                try await proveEnd(file, at: length)
            }
        }
        guard let bytes else { return .absent }
        try check(bytes, file)
        try await files.run { () throws(RecoveryError) in try Self.write(bytes, to: path) }
        return outcome
    }

    /// Looks whether the store has any log or backup of the cluster; leases and marks don't count, since a program that
    /// runs meanwhile writes them anywhere.
    /// - Throws: `.store` when it has none: it is not the one that was written to, or its disk is away.
    private func proveStore() async throws(RecoveryError) {
        let layout = StoreLayout(system)
        for prefix in [layout.wal, layout.backups] {
            do throws(ObjectStoreError) {
                guard try await store.list(prefix: prefix, after: nil, limit: 1).objects.isEmpty else { return }
            } catch {
                throw RecoveryError(error)
            }
        }
        throw RecoveryError(
            .store,
            "\(store.place) has no log and no backup of system \(system): "
                + "is it the right store, and is its disk mounted?"
        )
    }

    /// Asks each of several stores by itself whether it has more of the log than `length` bytes of a file.
    /// - Throws: `.store` when one is away, has nothing of the cluster, or has more after all.
    private func proveEnd(_ name: WALFileName, at length: Int) async throws(RecoveryError) {
        for copy in store.copies {
            let message: String
            do throws(RecoveryError) {
                let archive = WALArchive(of: system, in: copy, keys: keys, options: options)
                try await archive.proveStore()
                guard let more = try await archive.more(of: name, than: length) else { continue }
                message = "\(copy.place) has \(more), which could not be read a moment ago: try again"
            } catch {
                guard error.code != .cancelled else { throw error }
                message =
                    "\(copy.place) may have it, and can't be asked (\(error.message)): bring it back, or give up what only it "
                    + "has: take it out of MARTLET_BACKUP_STORES, or restore with `--end-at-gap`"
            }
            throw RecoveryError(.store, message, object: try key(name))
        }
    }

    /// What this archive has of a file behind `length` bytes, or behind the file; nil: nothing.
    private func more(of name: WALFileName, than length: Int) async throws(RecoveryError) -> String? {
        let object = try key(name)
        do throws(ObjectStoreError) {
            if try await store.info(object) != nil { return "\(name)" }
        } catch {
            throw RecoveryError(error)
        }
        guard case .segment(let segment) = name else { return nil }
        if try await pieces(of: segment).contains(where: { $0.upperBound > length }) { return "more of \(name)" }
        return try await next(after: segment).map { "\($0)" }
    }

    private func whole(_ name: WALFileName) async throws(RecoveryError) -> [UInt8]? {
        do throws(RecoveryError) {
            return try await get(try key(name))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// A segment's beginning, filled with zeros as the server does.
    private static func filled(_ prefix: [UInt8], _ segment: WALSegment) throws(RecoveryError) -> [UInt8] {
        let header = try WALHeader(prefix, of: segment.description)
        guard prefix.count <= header.segmentSize else {
            throw RecoveryError(.damaged, "the pieces of \(segment) are larger than a segment")
        }
        return prefix + [UInt8](repeating: 0, count: header.segmentSize - prefix.count)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(RecoveryError) {
        let temporary = "\(path).martlet"
        // What an earlier fetch left when it was killed.
        unlink(temporary)
        do throws(RecoveryError) {
            let file = try OpenFile(creating: temporary)
            try file.write(bytes)
            try file.sync()
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else { throw .file("rename", temporary) }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try OpenFile(folder: folder.isEmpty ? "/" : folder).sync()
    }
}
