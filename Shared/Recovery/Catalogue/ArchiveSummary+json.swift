// SPDX-License-Identifier: Apache-2.0
// Martlet: an archive's summary as JSON.

extension ArchiveSummary: Codable {
    private enum CodingKeys: String, CodingKey {
        case name
        case size = "bytes"
        case sum = "chunks_sha256"
    }

    /// Reads `{"name":…,"bytes":…,"chunks_sha256":…}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.parse(.name) { ArchiveName($0) },
            size: try container.decode(Int64.self, forKey: .size),
            sum: try container.parse(.sum) { SHA256Sum($0) }
        )
    }

    /// Writes `{"name":…,"bytes":…,"chunks_sha256":…}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("\(name)", forKey: .name)
        try container.encode(size, forKey: .size)
        try container.encode("\(sum)", forKey: .sum)
    }
}
