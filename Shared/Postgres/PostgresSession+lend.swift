// SPDX-License-Identifier: Apache-2.0
// Martlet: a session for as long as somebody has questions.

extension PostgresSession {
    /// Connects, lends the session, and closes it however that ends.
    /// - Returns: what became of the questions, which may fail in the asker's own way.
    /// - Throws: `.connectionFailed`, `.cancelled`, of connecting alone.
    public static func lend<Value, Failure>(
        _ configuration: PostgresConfiguration,
        on loop: EventLoop,
        _ body: (PostgresSession) async throws(Failure) -> Value
    ) async throws(PostgresError) -> Result<Value, Failure> {
        let session = try await connect(configuration, on: loop)
        let outcome: Result<Value, Failure>
        do throws(Failure) { outcome = .success(try await body(session)) } catch { outcome = .failure(error) }
        await session.close()
        return outcome
    }
}
