// SPDX-License-Identifier: Apache-2.0
// Martlet: a session with the database for one question beside a run.

internal import Postgres
internal import Recovery

extension RunContext {
    /// Lends a session of its own, and closes it in any case.
    /// - Parameter name: Of the thread on which it runs.
    func asking<Value>(
        _ database: PostgresConfiguration,
        on name: String,
        _ body: (PostgresSession) async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let loop = EventLoop(name: name)
        defer { loop.shutdown() }
        let outcome: Result<Value, RecoveryError>
        do throws(PostgresError) { outcome = try await PostgresSession.lend(database, on: loop, body) } catch {
            throw RecoveryError(error)
        }
        return try outcome.get()
    }
}
