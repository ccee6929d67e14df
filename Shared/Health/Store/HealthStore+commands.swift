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
    private static let takeStatement = PostgresStatement(
        "health_command_take",
        "WITH taken AS (DELETE FROM health_command RETURNING id, document) SELECT document FROM taken ORDER BY id"
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

    /// Takes the actions that wait; those that can't be read are dropped.
    func takeActions() async throws(HealthError) -> [IncidentAction] {
        let result = try await execute(Self.takeStatement)
        return try decode { () throws(PostgresError) in
            var actions: [IncidentAction] = []
            for row in 0..<result.rowCount {
                let text = try result.string(row, 0)
                if let action = try? JSONDecoder().decode(IncidentAction.self, from: Data(text.utf8)) {
                    actions.append(action)
                }
            }
            return actions
        }
    }
}
