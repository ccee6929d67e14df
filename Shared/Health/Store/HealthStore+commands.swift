// SPDX-License-Identifier: Apache-2.0
// Martlet: what operators ask of an aggregator that does not decide, for the one that does.

internal import FoundationEssentials
internal import Postgres

extension HealthStore {
    private static let addStatement = PostgresStatement(
        "health_command_add",
        "INSERT INTO health_command (document) VALUES ($1)",
        parameters: [.text]
    )
    private static let readStatement = PostgresStatement(
        "health_command_read",
        "SELECT id, document FROM health_command ORDER BY id LIMIT 1000"
    )
    private static let doneStatement = PostgresStatement(
        "health_command_done",
        "DELETE FROM health_command WHERE id = ANY ($1)",
        parameters: [.int8Array]
    )

    /// Leaves an action for the aggregator that decides.
    func add(_ action: IncidentAction) async throws(HealthError) {
        guard let document = try? JSONEncoder().encode(action) else {
            throw HealthError(.internal, "an action can't be written")
        }
        var bindings = PostgresBindings()
        bindings.append(String(decoding: document, as: UTF8.self))
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

    /// Takes actions off the list whose outcome is recorded.
    func finish(_ actions: [Int64]) async throws(HealthError) {
        guard !actions.isEmpty else { return }
        _ = try await transaction([Self.done(actions)])
    }

    /// The step of a transaction that takes actions off the list: together with what came of them, or not at all.
    static func done(_ actions: [Int64]) -> (PostgresStatement, PostgresBindings) {
        var ids = PostgresArray(.int8)
        for id in actions { ids.append(id) }
        var bindings = PostgresBindings()
        bindings.append(ids)
        return (doneStatement, bindings)
    }
}
