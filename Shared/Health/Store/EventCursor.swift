// SPDX-License-Identifier: Apache-2.0
// Martlet: where the next page of events begins, in a form that promises nothing.

internal import FoundationEssentials
public import Platform

/// A place in the list of events, opaque to clients: events of one decision are recorded at the same time, so a time alone is none.
public struct EventCursor: Sendable, Equatable, CustomStringConvertible {
    private static let version = "a"
    /// The longest identifier, in bytes.
    private static let longestID = 1_000
    /// The times that an RFC 3339 time can say, and so the ledger.
    private static let times = Timestamp.earliest...Timestamp.latest

    /// When the event before the place was recorded.
    let at: Timestamp
    /// Its identifier; nil for the place before all that were recorded at this time.
    let id: String?

    init(at: Timestamp, id: String) {
        self.at = at
        self.id = id
    }

    /// Before all that was recorded at a time.
    public init(before time: Timestamp) {
        at = time
        id = nil
    }

    /// Reads a cursor that ``description`` wrote, or an RFC 3339 time.
    public init?(_ text: String) {
        if let time = Timestamp(rfc3339: text.utf8) {
            self.init(before: time)
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix(Self.version), let time = Int64(parts[0].dropFirst(), radix: 36),
            Self.times.contains(Timestamp(microseconds: time)), let id = Self.decode(parts[1]), !id.isEmpty,
            id.utf8.count <= Self.longestID, !id.utf8.contains(0)
        else { return nil }
        self.init(at: Timestamp(microseconds: time), id: id)
    }

    /// Letters, digits, `-`, `_` and `.`; an RFC 3339 time where the place is before all of that time.
    public var description: String {
        guard let id else { return "\(at)" }
        let code = Data(id.utf8).base64EncodedString().filter { $0 != "=" }
            .map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        return "\(Self.version)\(String(at.microseconds, radix: 36)).\(String(code))"
    }

    private static func decode(_ text: Substring) -> String? {
        var code = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while code.utf8.count % 4 != 0 { code += "=" }
        return Data(base64Encoded: code).flatMap { String(bytes: $0, encoding: .utf8) }
    }
}
