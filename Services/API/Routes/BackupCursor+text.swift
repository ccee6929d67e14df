// SPDX-License-Identifier: Apache-2.0
// Martlet: where the next page of backups begins, in a form that promises nothing.

internal import Jobs

extension BackupCursor {
    /// For clients, who only hand it back.
    var opaque: String { "b\(id).\(system)" }

    /// Reads what `opaque` wrote.
    init?(opaque text: String) {
        let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard text.first == "b", text.utf8.count <= 64, parts.count == 2, parts.allSatisfy({ Self.isPlain($0) }) else {
            return nil
        }
        self.init(id: String(parts[0]), system: String(parts[1]))
    }

    private static func isPlain(_ part: Substring) -> Bool {
        !part.isEmpty
            && part.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
