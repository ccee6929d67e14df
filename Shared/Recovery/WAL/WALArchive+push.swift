// SPDX-License-Identifier: Apache-2.0
// Martlet: taking a file of the log over from PostgreSQL's archive_command.

extension WALArchive {
    /// What a push did.
    public enum Push: Hashable, Sendable {
        /// The file is stored.
        case stored
        /// The same file was stored already: an earlier push was cut off before the server knew.
        case same
    }

    /// Stores a file of the server's `pg_wal` folder: a segment, `.history`, `.backup` or `.partial`.
    /// - Throws: `.wrongSystem` for another cluster's, `.damaged` for what its name doesn't say, `.request` for other
    ///   names and for a name that has another content in the store, `.disk`, `.store`.
    @discardableResult
    public func push(_ path: String) async throws(RecoveryError) -> Push {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        guard let name = WALFileName(last) else {
            throw RecoveryError(.request, "\(last.debugDescription) is no file of the write-ahead log")
        }
        let bytes = try await files.run { () throws(RecoveryError) in
            let file = try OpenFile(reading: path)
            let size = try file.size
            guard size <= Self.limit(name) else { throw RecoveryError(.damaged, "\(last) has \(size) bytes") }
            let bytes = try file.read(Int(size))
            guard bytes.count == Int(size) else { throw RecoveryError(.damaged, "\(last) became shorter") }
            return bytes
        }
        try check(bytes, name)
        return try await put(bytes, at: try key(name)) ? .stored : .same
    }

    private static func limit(_ name: WALFileName) -> Int64 {
        switch name {
        case .segment, .partial: Int64(largestSegment)
        case .backup, .history: 1 << 20
        }
    }

    /// Checks that content and name agree.
    func check(_ bytes: [UInt8], _ name: WALFileName) throws(RecoveryError) {
        switch name {
        case .segment(let segment), .partial(let segment): try WALHeader.check(bytes, is: segment, of: system)
        case .history(let timeline): _ = try TimelineHistory(of: timeline, String(decoding: bytes, as: UTF8.self))
        case .backup: return
        }
    }
}
