// SPDX-License-Identifier: Apache-2.0
// Martlet: what operators ask of an aggregator that does not decide, for the one that does.

internal import FoundationEssentials
internal import Postgres

extension HealthStore {
    private static let addStatement = PostgresStatement(
        "health_command_add",
        """
        INSERT INTO health_command (document, key) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM health_command_done WHERE key = $2)
        ON CONFLICT (key) DO NOTHING
        """,
        parameters: [.text, .text]
    )
    private static let readStatement = PostgresStatement(
        "health_command_read",
        "SELECT id, document FROM health_command ORDER BY id LIMIT 1000"
    )
    private static let doneStatement = PostgresStatement(
        "health_command_done",
        """
        WITH gone AS (DELETE FROM health_command WHERE id = ANY ($1) RETURNING key)
        INSERT INTO health_command_done (key) SELECT key FROM gone WHERE key IS NOT NULL UNION SELECT unnest($2)
        ON CONFLICT DO NOTHING
        """,
        parameters: [.int8Array, .textArray]
    )
    private static let dropStatement = PostgresStatement(
        "health_command_done_drop",
        "DELETE FROM health_command_done WHERE done_at < now() - interval '1 day'"
    )

    /// Leaves an action for the aggregator that decides, once for its key, also when it was done meanwhile.
    func add(_ action: IncidentAction, key: String = ActionList.makeKey()) async throws(HealthError) {
        guard let document = try? JSONEncoder().encode(action) else {
            throw HealthError(.internal, "an action can't be written")
        }
        var bindings = PostgresBindings()
        bindings.append(String(decoding: document, as: UTF8.self))
        bindings.append(key)
        _ = try await execute(Self.addStatement, bindings)
    }

    /// The actions that wait, oldest first; nil for one that can't be read.
    func actions() async throws(HealthError) -> [(id: Int64, action: IncidentAction?)] {
        let result = try await execute(Self.readStatement)
        return try decode { () throws(PostgresError) in
            var actions: [(id: Int64, action: IncidentAction?)] = []
            for row in 0..<result.rowCount {
                let text = try result.string(row, 1)
                let action = try? JSONDecoder().decode(IncidentAction.self, from: Data(text.utf8))
                actions.append((try result.int64(row, 0), action))
            }
            return actions
        }
    }

    /// The step of a transaction that takes actions off the list, and keeps the keys of others that are done: together with what came of them, or not
    /// at all.
    static func done(_ actions: [Int64], _ keys: [String]) -> (PostgresStatement, PostgresBindings) {
        var ids = PostgresArray(.int8)
        for id in actions { ids.append(id) }
        var bindings = PostgresBindings()
        bindings.append(ids)
        bindings.append(PostgresArray(texts: keys))
        return (doneStatement, bindings)
    }

    /// Forgets what was done more than a day ago.
    func dropOldCommands() async throws(HealthError) { _ = try await execute(Self.dropStatement) }
}
