// SPDX-License-Identifier: Apache-2.0
// Martlet: what one connection has prepared.

/// A statement on one connection.
final class PreparedStatement {
    enum State { case absent, requested, ready }

    let definition: PostgresStatement.Definition
    var state = State.absent
    /// Why the last attempt to prepare failed.
    var error: PostgresError?
    private(set) var serverName: [CChar]
    private var generation = 0

    init(_ definition: PostgresStatement.Definition) {
        self.definition = definition
        serverName = Array(definition.name.utf8CString)
    }

    var serverNameText: String { String(decoding: serverName.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }

    /// The server's plan is of no use any more: the next call prepares anew, under a new name.
    func expire() {
        guard state == .ready else { return }
        generation += 1
        serverName = Array("\(definition.name)#\(generation)".utf8CString)
        state = .absent
    }
}

/// The prepared statements of one connection, found by identity and else by name.
struct PreparedStatements {
    /// Bound on names: more means that somebody makes statements from data.
    private static let limit = 1_024
    private var byIdentity: [ObjectIdentifier: PreparedStatement] = [:]
    private var byName: [String: PreparedStatement] = [:]

    mutating func find(_ statement: PostgresStatement) throws(PostgresError) -> PreparedStatement {
        let identity = ObjectIdentifier(statement.definition)
        if let known = byIdentity[identity] { return known }
        if let known = byName[statement.name] {
            // An equal copy, made elsewhere. It is not kept by identity, for nothing here keeps its definition alive.
            guard known.definition.sql == statement.sql, known.definition.parameters == statement.parameters else {
                throw PostgresError(.configuration, "two different statements are named \(statement.name)")
            }
            return known
        }
        guard byName.count < Self.limit else {
            throw PostgresError(.configuration, "more than \(Self.limit) statements on one connection")
        }
        let prepared = PreparedStatement(statement.definition)
        byIdentity[identity] = prepared
        byName[statement.name] = prepared
        return prepared
    }
}
