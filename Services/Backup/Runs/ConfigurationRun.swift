// SPDX-License-Identifier: Apache-2.0
// Martlet: the server's configuration where no base backup has it.

internal import Logging
internal import Postgres
internal import Recovery

/// Reads a ``ServerConfiguration`` for a physical backup; what hinders it is logged, and no backup fails for it.
struct ConfigurationRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// What lies outside of the data folder; nil when nothing does or it can't be read.
    /// - Throws: `.cancelled`.
    func read(_ database: PostgresConfiguration) async throws(RecoveryError) -> ServerConfiguration? {
        let loop = EventLoop(name: "configuration")
        defer { loop.shutdown() }
        do throws(RecoveryError) {
            let session: PostgresSession
            do throws(PostgresError) { session = try await PostgresSession.connect(database, on: loop) } catch {
                throw RecoveryError(error)
            }
            let outcome: Result<ServerConfiguration?, RecoveryError>
            do throws(RecoveryError) { outcome = .success(try await ServerConfiguration.read(session)) } catch {
                outcome = .failure(error)
            }
            await session.close()
            return try outcome.get()
        } catch {
            guard error.code != .cancelled else { throw error }
            context.logger.warning(
                "the server's configuration can't be read: if it lies outside of the data folder, the backup is without it; `martlet-backup check` says what to do",
                metadata: ["error": "\(error)"]
            )
            return nil
        }
    }
}
