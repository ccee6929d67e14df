// SPDX-License-Identifier: Apache-2.0
// Martlet: which `tracestate` headers are passed on.

extension TraceContext {
    /// The longest `tracestate` that is passed on, in bytes; W3C asks for at least this much.
    public static let maximumStateLength = 512

    /// At most 32 members `key=value` separated by commas, by the grammar of W3C Trace Context, section 3.3.
    static func isState(_ text: String) -> Bool {
        guard (1...maximumStateLength).contains(text.utf8.count) else { return false }
        let members = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard members.count <= 32 else { return false }
        var keys: Set<String> = []
        for member in members {
            let member = member.drop { $0 == 0x20 || $0 == 0x09 }
            // A list may have empty members.
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return false }
            let key = member[..<equals]
            let value = member[member.index(after: equals)...]
            guard (1...256).contains(key.count), key.allSatisfy(isKeyByte), value.count <= 256,
                value.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }),
                keys.insert(String(decoding: key, as: UTF8.self)).inserted
            else { return false }
        }
        return !keys.isEmpty
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "_-*/@".utf8.contains(byte)
    }
}
