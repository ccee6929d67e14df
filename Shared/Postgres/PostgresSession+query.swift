// SPDX-License-Identifier: Apache-2.0
// Martlet: running SQL on a session.

extension PostgresSession {
    /// Runs a script of one or more statements; without BEGIN it is one transaction. Results come as text, one for each
    /// statement, and their accessors parse it.
    /// - Parameter deadline: limit of the operation; default the statement timeout and the silence margin.
    /// - Throws: `.server`, `.outcomeUnknown`, `.deadlineExceeded`, `.cancelled`, `.closed`.
    @discardableResult
    public func simpleQuery(_ sql: String, deadline: Duration? = nil) async throws(PostgresError) -> [PostgresResult] {
        try await exclusively(deadline) { () async throws(PostgresError) in
            try await send(handle.sendScript(sql))
            return try await collect()
        }
    }

    /// Runs one statement with parameters; results come in binary.
    @discardableResult
    public func execute(
        _ statement: PostgresStatement,
        _ bindings: PostgresBindings = .init(),
        deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresResult {
        if let problem = bindings.problem(for: statement) { throw problem }
        return try await exclusively(deadline) { () async throws(PostgresError) in
            try await send(handle.sendUnnamed(statement.definition, bindings))
            guard let result = try await collect().last else {
                throw PostgresError(.outcomeUnknown, "the server sent no result")
            }
            return result
        }
    }

    func send(_ accepted: Bool) async throws(PostgresError) {
        guard accepted else {
            let error = PostgresError(.connectionLost, handle.errorMessage)
            if handle.isBroken { finish(error) }
            throw error
        }
        try await flushAll()
    }
}
