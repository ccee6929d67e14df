// SPDX-License-Identifier: Apache-2.0
// Martlet: a maintenance window in an export.
internal import FoundationEssentials
public import Platform

/// A maintenance window; the same title, times, checks and groups are the same window.
public struct ExportedWindow: ExportRow {
    /// JSON as the ledger keeps it, in PostgreSQL's one spelling (`jsonb`).
    public let document: String
    /// Who made it.
    public let createdBy: String?
    /// When it was made, RFC 3339.
    public let createdAt: String
    /// When it ends for good, RFC 3339; nil for one that recurs.
    public let endsAt: String?

    private enum CodingKeys: String, CodingKey {
        case document
        case createdBy = "created_by"
        case createdAt = "created_at"
        case endsAt = "ends_at"
    }

    /// The document.
    public var key: String { document }

    /// Its title.
    public var title: String {
        struct Titled: Decodable { let title: String }
        return (try? JSONDecoder().decode(Titled.self, from: Data(document.utf8)))?.title ?? "a window without a title"
    }

    /// Whether its end has passed.
    public func isOver(at now: Timestamp) -> Bool {
        endsAt.flatMap { Timestamp(rfc3339: $0.utf8) }.map { $0 <= now } ?? false
    }
}
