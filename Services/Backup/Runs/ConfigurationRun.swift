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
        do throws(RecoveryError) {
            return try await context.asking(database, on: "configuration") { session throws(RecoveryError) in
                try await ServerConfiguration.read(session)
            }
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
