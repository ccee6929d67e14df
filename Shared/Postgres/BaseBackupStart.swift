// SPDX-License-Identifier: Apache-2.0
// Martlet: what the server says before it sends a base backup.

/// Where a base backup begins and what it consists of.
public struct BaseBackupStart: Sendable {
    /// A tablespace, or the data folder.
    public struct Tablespace: Hashable, Sendable {
        /// Its OID; nil for the data folder.
        public let oid: UInt32?
        /// Its folder on the server; nil for the data folder.
        public let location: String?
        /// About how many bytes it has; nil when the server was not asked to count.
        public let size: Int64?
    }

    /// The log is needed from here on.
    public let position: LSN
    /// The timeline of that position.
    public let timeline: UInt32
    /// All tablespaces, the data folder last.
    public let tablespaces: [Tablespace]

    /// About how many bytes will come; nil when the server was not asked to count.
    public var size: Int64? {
        let sizes = tablespaces.compactMap(\.size)
        return sizes.count == tablespaces.count ? sizes.reduce(0, +) : nil
    }

    init(_ results: [PostgresResult]) throws(PostgresError) {
        guard results.count == 2, results[0].rowCount == 1 else {
            throw PostgresError(.decoding, "the server began the base backup with \(results.count) results")
        }
        (position, timeline) = try Self.position(results[0])
        let list = results[1]
        var tablespaces: [Tablespace] = []
        for row in 0..<list.rowCount {
            let oid = list.isNull(row, 0) ? nil : UInt32(exactly: try list.int64(row, 0))
            let location = list.isNull(row, 1) ? nil : try list.string(row, 1)
            let size = list.isNull(row, 2) ? nil : try list.int64(row, 2) * 1_024
            tablespaces.append(Tablespace(oid: oid, location: location, size: size))
        }
        self.tablespaces = tablespaces
    }

    /// A row with a position and a timeline.
    static func position(_ row: PostgresResult) throws(PostgresError) -> (LSN, UInt32) {
        guard let position = LSN(try row.string(0, 0)), let timeline = UInt32(exactly: try row.int64(0, 1)) else {
            throw PostgresError(.decoding, "the server's position in the log is not understood")
        }
        return (position, timeline)
    }
}
