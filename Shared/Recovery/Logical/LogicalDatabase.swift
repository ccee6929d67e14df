// SPDX-License-Identifier: Apache-2.0
// Martlet: a database's own properties.

/// What a new database needs to be like the old one.
public struct LogicalDatabase: Codable, Hashable, Sendable {
    /// Its name, not quoted.
    public var name: String
    /// Its encoding, such as `UTF8`.
    public var encoding: String
    /// How it sorts.
    public var collation: String
    /// How it classifies characters.
    public var characters: String
    /// `c` for the system's locales, `i` for ICU, `b` for PostgreSQL's own; nil before version 15.
    public var provider: String?
    /// The locale of ICU or of PostgreSQL's own provider.
    public var locale: String?
    /// Rules of ICU.
    public var rules: String?
    /// Its comment.
    public var comment: String?
    /// What `ALTER DATABASE … SET` set for all roles, as `name=value`.
    public var settings: [String]
}
