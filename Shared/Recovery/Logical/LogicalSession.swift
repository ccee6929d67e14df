// SPDX-License-Identifier: Apache-2.0
// Martlet: sessions of logical backups and restores.
internal import Postgres

/// Makes sessions in which values look the same whatever the server's settings are.
enum LogicalSession {
    /// Values as text must be read the same by another server; row security must fail rather than hide rows.
    private static let settings = """
        SELECT set_config('search_path', '', false);
        SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('transaction_timeout', 'idle_session_timeout');
        SET default_transaction_read_only = off;
        SET row_security = off;
        SET datestyle = 'ISO, YMD';
        SET intervalstyle = 'postgres';
        SET extra_float_digits = 1;
        SET bytea_output = 'hex';
        SET xmlbinary = 'base64';
        SET xmloption = 'content';
        SET timezone = 'UTC';
        SET lc_monetary = 'C';
        SET standard_conforming_strings = on;
        SET synchronize_seqscans = off;
        SET max_parallel_workers_per_gather = 0;
        SET jit = off;
        """

    /// The oldest server that this works with.
    static let oldestServer = 13

    /// Connects; statements have no limit on the server, each operation has its own here.
    static func connect(
        _ configuration: PostgresConfiguration,
        lockTimeout: Duration,
        on loop: EventLoop
    ) async throws(RecoveryError) -> PostgresSession {
        var settings = configuration
        settings.statementTimeout = .zero
        settings.idleInTransactionTimeout = .zero
        settings.lockTimeout = lockTimeout
        do throws(PostgresError) {
            let session = try await PostgresSession.connect(settings, on: loop)
            try await session.simpleQuery(Self.settings, deadline: .seconds(60))
            guard session.serverVersion / 10_000 >= oldestServer else {
                await session.close()
                throw PostgresError(
                    .configuration,
                    "the server has version \(session.serverVersion / 10_000); \(oldestServer) or newer is needed"
                )
            }
            return session
        } catch {
            throw RecoveryError(error)
        }
    }
}
