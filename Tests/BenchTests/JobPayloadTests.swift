// SPDX-License-Identifier: Apache-2.0
// Martlet: what is enqueued has the size that the figures claim.

import FoundationEssentials
import Testing

@testable import Bench

@Suite struct JobPayloadTests {
    @Test(arguments: [
        JobPayload.numbered(0), JobPayload.numbered(999_999), JobPayload.sleeping(seconds: 1),
        JobPayload.stamped(1), JobPayload.stamped(.max),
    ])
    func argumentsAreJSONOf200Bytes(_ text: String) throws {
        #expect(text.utf8.count == 200)
        #expect(throws: Never.self) { try JSONDecoder().decode([String: Value].self, from: Data(text.utf8)) }
    }

    /// A number or a text.
    private struct Value: Decodable {
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if (try? container.decode(Int.self)) == nil { _ = try container.decode(String.self) }
        }
    }
}
