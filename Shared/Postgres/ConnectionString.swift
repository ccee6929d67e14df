// SPDX-License-Identifier: Apache-2.0
// Martlet: reading a libpq connection string without connecting.

import CLibPQ

/// libpq's own parser for URLs and `key=value` strings.
enum ConnectionString {
    /// The keywords that `text` sets.
    static func parse(_ text: String) throws(PostgresError) -> [String: String] {
        guard !text.isEmpty, !text.utf8.contains(0) else {
            throw PostgresError(.configuration, "the connection string is empty or holds a NUL byte")
        }
        // Without one of these libpq takes the whole text for the name of a database.
        guard text.contains("=") || text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
            throw PostgresError(
                .configuration,
                "the connection string is neither a postgres:// URL nor key=value pairs"
            )
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            defer { PQfreemem(message) }
            let reason = message.map { String(cString: $0) } ?? "out of memory"
            throw PostgresError(.configuration, "the connection string is not valid: \(redacted(reason))")
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        try checkPorts(values["port"] ?? "")
        return values
    }

    /// libpq looks at ports only when it connects. With several hosts there may be several, and each may be left out.
    private static func checkPorts(_ ports: String) throws(PostgresError) {
        for port in ports.split(separator: ",") {
            let digits = port.filter { !$0.isWhitespace }
            guard digits.isEmpty || Int(digits).map({ (1...65_535).contains($0) }) == true else {
                throw PostgresError(
                    .configuration,
                    "the connection string is not valid: a port is no number from 1 to 65535"
                )
            }
        }
    }

    /// libpq quotes the input, password included: keeps only what stands before the first quote.
    private static func redacted(_ reason: String) -> String {
        let kept = reason.prefix { $0 != "\"" && !$0.isNewline }
        return kept.count < reason.count ? kept + "…" : String(kept)
    }
}
