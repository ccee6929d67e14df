// SPDX-License-Identifier: Apache-2.0
// Martlet: whether a client takes gzip.

/// The `Accept-Encoding` of a request (RFC 9110, 12.5.3).
enum AcceptEncoding {
    /// Whether gzip is named, or `*` stands for it, with a weight above zero.
    ///
    /// A client that says nothing gets the plain form: scripts often leave the header out because they can't unpack.
    static func takesGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        var any = false
        for part in header.split(separator: ",") {
            let fields = part.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
            let isWanted = fields.dropFirst().allSatisfy { field in
                guard let value = field.lowercased().wholeMatch(of: /q\s*=\s*(.*)/)?.1 else { return true }
                return Double(value).map { $0 > 0 } ?? false
            }
            switch fields.first?.lowercased() {
            case "gzip", "x-gzip": return isWanted
            case "*": any = isWanted
            default: continue
            }
        }
        return any
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
