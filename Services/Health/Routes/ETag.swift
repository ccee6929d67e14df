// SPDX-License-Identifier: Apache-2.0
// Martlet: whether a client has the answer already.

internal import HTTPTypes
internal import Hummingbird

/// Entity tags.
enum ETag {
    /// FNV-1a over some bytes: not for secrets, enough to tell one answer from the next.
    static func of(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return "\"\(String(hash, radix: 36))\""
    }

    /// Whether the request's `If-None-Match` names the tag.
    static func matches(_ request: Request, _ tag: String?) -> Bool {
        guard let tag, let given = request.headers[.ifNoneMatch] else { return false }
        return given.split(separator: ",").contains { part in
            let text = part.drop { $0 == " " }
            return text == "*" || text == tag || text == "W/\(tag)"
        }
    }
}
