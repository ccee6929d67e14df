// SPDX-License-Identifier: Apache-2.0
// Martlet: a volume's summary as JSON.

extension VolumeSummary: Codable {
    private enum CodingKeys: String, CodingKey {
        case number
        case size = "bytes"
        case sum = "sha256"
    }

    /// Reads `{"number":…,"bytes":…,"sha256":…}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            number: try container.decode(UInt32.self, forKey: .number),
            size: try container.decode(Int64.self, forKey: .size),
            sum: try container.parse(.sum) { SHA256Sum($0) }
        )
    }

    /// Writes `{"number":…,"bytes":…,"sha256":…}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(number, forKey: .number)
        try container.encode(size, forKey: .size)
        try container.encode("\(sum)", forKey: .sum)
    }
}
