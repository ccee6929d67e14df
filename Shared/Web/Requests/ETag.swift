// SPDX-License-Identifier: Apache-2.0
// Martlet: whether a client has the answer already.

internal import HTTPTypes
public import Hummingbird
public import NIOCore

/// Entity tags.
public enum ETag {
    /// A weak tag of some bytes: an answer and its compressed form are equivalent and not the same.
    ///
    /// FNV-1a: not for secrets, enough to tell one answer from the next.
    public static func of(_ bytes: ByteBuffer) -> String { "W/\"\(mark(bytes))\"" }

    /// A short text that differs when the bytes do.
    public static func mark(_ bytes: ByteBuffer) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        bytes.withUnsafeReadableBytes { bytes in
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        return String(hash, radix: 36)
    }

    /// Whether the request's `If-None-Match` names the tag, be it weak or strong.
    public static func matches(_ request: Request, _ tag: String?) -> Bool {
        guard let tag = tag.map(strong), let given = request.headers[.ifNoneMatch] else { return false }
        return given.split(separator: ",").contains { part in
            var text = part.drop { $0 == " " || $0 == "\t" }
            while text.last == " " || text.last == "\t" { text.removeLast() }
            return text == "*" || strong(String(text)) == tag
        }
    }

    private static func strong(_ tag: String) -> String { tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag }
}
