// SPDX-License-Identifier: Apache-2.0
// Martlet: the part of a response that is looked at.

/// Status, the two headers that matter, and the start of the body.
struct HTTPAnswer: Sendable {
    /// Bytes of the body that are read; what comes after them is not waited for, and the connection is closed.
    static let mostBytes = 64 << 10
    /// Bytes of the body that are kept in the result.
    static let keptBytes = 4 << 10

    let status: Int
    let retryAfter: String?
    let location: String?
    let body: [UInt8]

    /// The kept start of the body as text, cut between characters; nil when it is not UTF-8 or holds NUL.
    var text: String? {
        // PostgreSQL's text cannot hold NUL, and one unstorable result would fail a whole batch.
        guard !body.prefix(Self.keptBytes).contains(0) else { return nil }
        var bytes = body.prefix(Self.keptBytes)
        if body.count > bytes.count {
            // A character is at most four bytes; drop the tail of one that the cut went through.
            for _ in 0..<3 where String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The result that is kept with the job: `{"status":200,"duration_ms":12,"body":"ok"}`; no `body` when there is no text.
    func result(duration: Duration) -> [UInt8] {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        var json = Array("{\"status\":\(status),\"duration_ms\":\(milliseconds)".utf8)
        if let text, !text.isEmpty {
            json += Array(",\"body\":".utf8)
            Self.append(text, to: &json)
        }
        json.append(UInt8(ascii: "}"))
        return json
    }

    /// The start of the body on one line, for error messages.
    var excerpt: String {
        guard let text, !text.isEmpty else { return "" }
        let line = String(
            text.prefix(200).map {
                $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? " " : $0
            }
        )
        return ": " + line + (text.count > 200 ? "…" : "")
    }

    private static func append(_ text: String, to json: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        json.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): json += Array("\\n".utf8)
            case 0..<0x20: json += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: json.append(byte)
            }
        }
        json.append(UInt8(ascii: "\""))
    }
}
