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
        let session: PostgresSession
        do throws(PostgresError) { session = try await PostgresSession.connect(database, on: loop) } catch {
            throw RecoveryError(error)
        }
        do throws(RecoveryError) {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }
}
