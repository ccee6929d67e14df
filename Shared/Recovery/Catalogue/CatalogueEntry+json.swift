// SPDX-License-Identifier: Apache-2.0
// Martlet: an entry of the catalogue as JSON.
internal import Platform

extension CatalogueEntry: Codable {
    private enum CodingKeys: String, CodingKey {
        case format, id, system, method, ended, compression, encryption, program, volumes, archives, attempt
        case plainSize = "plain_bytes"
        case storedSize = "stored_bytes"
        case keyID = "key"
        case indexSize = "index_bytes"
        case indexSum = "index_sha256"
    }

    private static let cipher = "aes-256-gcm"

    /// Reads an entry; unknown members are ignored.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let format = try container.decode(Int.self, forKey: .format)
        guard format == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .format,
                in: container,
                debugDescription: "this program knows version \(Self.version)"
            )
        }
        self.init(
            id: try container.parse(.id) { BackupID($0) },
            system: try container.parse(.system) { SystemID($0) },
            facts: try BackupFacts(from: decoder),
            ended: try container.parse(.ended) { try? Timestamp(parsing: $0) },
            plainSize: try container.decode(Int64.self, forKey: .plainSize),
            storedSize: try container.decode(Int64.self, forKey: .storedSize),
            compression: try container.parse(.compression) { Compression($0) },
            isEncrypted: try container.parseIfPresent(.encryption) { $0 == Self.cipher ? true : nil } ?? false,
            keyID: try container.decodeIfPresent(String.self, forKey: .keyID),
            program: try container.decode(String.self, forKey: .program),
            volumes: try container.decode([VolumeSummary].self, forKey: .volumes),
            archives: try container.decode([ArchiveSummary].self, forKey: .archives),
            attempt: try container.decode(Int.self, forKey: .attempt),
            index: IndexSummary(
                size: try container.decode(Int64.self, forKey: .indexSize),
                sum: try container.parse(.indexSum) { SHA256Sum($0) }
            )
        )
    }

    /// Writes all members.
    public func encode(to encoder: any Encoder) throws {
        try facts.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .format)
        try container.encode("\(id)", forKey: .id)
        try container.encode("\(system)", forKey: .system)
        try container.encode(method, forKey: .method)
        try container.encode("\(ended)", forKey: .ended)
        try container.encode(plainSize, forKey: .plainSize)
        try container.encode(storedSize, forKey: .storedSize)
        try container.encode("\(compression)", forKey: .compression)
        if isEncrypted { try container.encode(Self.cipher, forKey: .encryption) }
        try container.encodeIfPresent(keyID, forKey: .keyID)
        try container.encode(program, forKey: .program)
        try container.encode(volumes, forKey: .volumes)
        try container.encode(archives, forKey: .archives)
        try container.encode(attempt, forKey: .attempt)
        try container.encode(index.size, forKey: .indexSize)
        try container.encode("\(index.sum)", forKey: .indexSum)
    }
}
