// SPDX-License-Identifier: Apache-2.0
// Martlet: a time as RFC 3339 text, for coders.
internal import Platform

/// A time that is coded as RFC 3339.
struct TimeText: Codable, Equatable {
    var time: Timestamp

    init(time: Timestamp) { self.time = time }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = Timestamp(rfc3339: try container.decode(String.self).utf8) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "is not an RFC 3339 time such as 2026-01-31T08:09:10Z"
            )
        }
        self.time = time
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(time.formatted())
    }
}
