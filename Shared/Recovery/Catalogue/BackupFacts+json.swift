// SPDX-License-Identifier: Apache-2.0
// Martlet: facts about a backup as JSON.
internal import Platform
internal import Postgres

extension BackupFacts: Codable {
    private enum CodingKeys: String, CodingKey {
        case began, label, timeline, snapshot, database, host
        case serverVersion = "server_version"
        case startLSN = "start_lsn"
        case endLSN = "end_lsn"
        case segmentSize = "wal_segment_bytes"
    }

    /// Reads the members; unknown ones are ignored.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            began: try container.parse(.began) { try? Timestamp(parsing: $0) },
            serverVersion: try container.decode(Int.self, forKey: .serverVersion)
        )
        label = try container.decodeIfPresent(String.self, forKey: .label)
        timeline = try container.decodeIfPresent(UInt32.self, forKey: .timeline)
        startLSN = try container.parseIfPresent(.startLSN) { LSN($0) }
        endLSN = try container.parseIfPresent(.endLSN) { LSN($0) }
        segmentSize = try container.decodeIfPresent(Int.self, forKey: .segmentSize)
        snapshot = try container.decodeIfPresent(String.self, forKey: .snapshot)
        database = try container.decodeIfPresent(String.self, forKey: .database)
        host = try container.decodeIfPresent(String.self, forKey: .host)
    }

    /// Writes the members that there are.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("\(began)", forKey: .began)
        try container.encode(serverVersion, forKey: .serverVersion)
        try container.encodeIfPresent(label, forKey: .label)
        try container.encodeIfPresent(timeline, forKey: .timeline)
        try container.encodeIfPresent(startLSN?.description, forKey: .startLSN)
        try container.encodeIfPresent(endLSN?.description, forKey: .endLSN)
        try container.encodeIfPresent(segmentSize, forKey: .segmentSize)
        try container.encodeIfPresent(snapshot, forKey: .snapshot)
        try container.encodeIfPresent(database, forKey: .database)
        try container.encodeIfPresent(host, forKey: .host)
    }
}
