// SPDX-License-Identifier: Apache-2.0
// Martlet: a table that is about to be copied, and the pieces it is copied in.
internal import Platform

/// What the catalogue says of a table.
struct SourceTable: Hashable, Sendable {
    var id: Int64
    /// Quoted, with its schema.
    var name: String
    /// Quoted; without generated columns.
    var columns: [String]
    /// `WHERE …`, for configuration tables of extensions.
    var condition: String?
    var isOfExtension: Bool
    /// Bytes with TOAST.
    var size: Int
    /// Blocks of the table itself.
    var blocks: Int
    /// Whether places of rows are ordered and can be asked for by ranges.
    var hasPlaces: Bool

    /// Ranges of blocks, the last without an end; rows that came after a look at the size lie there.
    func ranges(of part: ByteCount) -> [Range<Int>?] {
        let count = min(blocks, (size + part.bytes - 1) / part.bytes)
        guard hasPlaces, condition == nil, count > 1 else { return [nil] }
        // Ranges of whole blocks, none of them empty since there are at least as many blocks as parts.
        return (0..<count).map { index in
            let end = index == count - 1 ? Int.max : blocks * (index + 1) / count
            return blocks * index / count..<end
        }
    }

    /// The statement that copies a range out.
    func copyOut(_ range: Range<Int>?, encoding: String) -> String {
        let list = columns.joined(separator: ", ")
        // The form with a query also copies what the plain one does, and takes conditions.
        var query = "SELECT \(list) FROM ONLY \(name)"
        if let range {
            query += " WHERE ctid >= '(\(range.lowerBound),0)'::tid"
            if range.upperBound < .max { query += " AND ctid < '(\(range.upperBound),0)'::tid" }
        } else if let condition {
            query += " \(condition)"
        }
        return "COPY (\(query)) TO STDOUT (FORMAT text, ENCODING '\(encoding)')"
    }

    /// The name of an archive: a number, and what is left of the table's name without special characters.
    func archive(number: Int, part: Int) -> String {
        let plain = name.unicodeScalars.filter { $0 != "\"" }.map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || scalar == "." || scalar == "_" ? Character(scalar) : "-"
        }
        let padding = String(repeating: "0", count: max(0, 6 - String(number).count))
        return "data/\(padding)\(number)-\(String(plain.prefix(120)))/\(part)"
    }
}
