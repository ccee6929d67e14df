// SPDX-License-Identifier: Apache-2.0
// Martlet: a named statement that each connection prepares once, at first use.

/// A statement with its name and parameter types.
///
/// ```swift
/// static let find = PostgresStatement("job.find", "SELECT state FROM job WHERE id = $1", parameters: [.int8])
/// ```
/// Two statements of one name must be equal. Keep them in static lets.
public struct PostgresStatement: Sendable, Hashable {
    // A reference makes the statement one word in a queue and its identity the key of the prepared ones.
    final class Definition: Sendable {
        let name: String
        let sql: String
        let parameters: [PostgresType]
        init(_ name: String, _ sql: String, _ parameters: [PostgresType]) {
            self.name = name
            self.sql = sql
            self.parameters = parameters
        }
    }

    let definition: Definition

    /// Makes a statement; `name` is 1 to 50 bytes and unique among the service's statements.
    public init(_ name: String, _ sql: String, parameters: [PostgresType] = []) {
        definition = Definition(name, sql, parameters)
    }

    /// The name under which connections prepare it.
    public var name: String { definition.name }
    /// The SQL text with `$1`… placeholders.
    public var sql: String { definition.sql }
    /// The types of `$1`….
    public var parameters: [PostgresType] { definition.parameters }

    /// Whether name, text and types are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.definition === right.definition
            || (left.name == right.name && left.sql == right.sql && left.parameters == right.parameters)
    }

    /// Feeds the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
