// SPDX-License-Identifier: Apache-2.0
// Martlet: settings that may be read again while `serve` runs.

internal import Logging
internal import Platform
internal import Recovery
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// The settings of `serve`, which reads them again at SIGHUP.
///
/// Schedules, retention, the pipeline, hooks, reports, objectives, keys and drills follow from the next run on; stores,
/// addresses, the receiver and the database from the next start on. With a mistake in them the old ones stay.
final class LiveSettings: Service, Sendable {
    private struct State {
        var version = 0
        var settings: BackupSettings
    }

    private let state: Mutex<State>
    private let reread: @Sendable () throws -> BackupSettings
    private let pace: BytePace
    private let logger: Logger

    init(
        _ settings: BackupSettings,
        pace: BytePace,
        logger: Logger,
        reread: @escaping @Sendable () throws -> BackupSettings
    ) {
        state = Mutex(State(settings: settings))
        self.reread = reread
        self.pace = pace
        self.logger = logger
    }

    /// The settings, and a number that changes with them.
    func read() -> (version: Int, settings: BackupSettings) { state.withLock { ($0.version, $0.settings) } }

    /// Listens until graceful shutdown.
    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: [.sighup])
        await cancelWhenGracefulShutdown {
            for await _ in signals { self.renew() }
        }
    }

    /// Reads them again.
    func renew() {
        do {
            let settings = try reread()
            state.withLock { $0 = State(version: $0.version + 1, settings: settings) }
            // A file of the rate is watched elsewhere, and wins.
            if settings.run.rateFile == nil { pace.bytesPerSecond = settings.run.rate }
            logger.notice("settings were read again")
        } catch {
            logger.error("the settings have mistakes: the old ones stay", metadata: ["error": "\(error)"])
        }
    }
}
