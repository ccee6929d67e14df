// SPDX-License-Identifier: Apache-2.0
// Martlet: the receiver of `serve` and `receive`, which need not find its server at once.

internal import Logging
internal import Postgres
internal import Recovery
internal import Resilience
internal import ServiceLifecycle
internal import Synchronization

/// Finds out which system the server is, again and again until it answers, and receives its log from then on.
///
/// A server or a store that is away when `serve` starts is no reason to give up schedules, metrics and health.
final class LogReceiver: Service {
    /// How it stands, for health and the log's watch.
    enum Standing: Sendable {
        /// The server's system is not known yet; with the last attempt's error.
        case searching(RecoveryError?)
        /// The system is known.
        case found(WALReceiver)
    }

    private let logger: Logger
    private let backoff: Backoff
    private let find: @Sendable () async throws(RecoveryError) -> WALReceiver
    private let state = Mutex<Standing>(.searching(nil))

    /// - Parameters:
    ///   - backoff: The waits between attempts to find the system; default 100 ms to 30 s.
    ///   - find: Makes the receiver, which takes an answer of the server.
    init(
        logger: Logger,
        backoff: Backoff = .exponential(cap: .seconds(30), jitter: .equal),
        find: @escaping @Sendable () async throws(RecoveryError) -> WALReceiver
    ) {
        self.logger = logger
        self.backoff = backoff
        self.find = find
    }

    /// The receiver of a service.
    convenience init(_ context: RunContext) {
        self.init(logger: context.logger) { () throws(RecoveryError) in try await LogRun(context).receiver() }
    }

    var standing: Standing { state.withLock { $0 } }

    /// All before is in the store; `.none` while that is not known.
    var stored: LSN {
        guard case .found(let receiver) = standing else { return .none }
        return receiver.status.stored
    }

    /// Whether the log streams just now.
    var isStreaming: Bool {
        guard case .found(let receiver) = standing else { return false }
        return receiver.status.isStreaming
    }

    /// Searches and receives until graceful shutdown or cancellation.
    /// - Throws: `.wrongSystem`, `.request`: what no new attempt changes.
    func run() async throws {
        try await cancelWhenGracefulShutdown {
            guard let receiver = try await self.search() else { return }
            self.state.withLock { $0 = .found(receiver) }
            try await receiver.run()
        }
    }

    /// Nil when it is cancelled.
    private func search() async throws(RecoveryError) -> WALReceiver? {
        var (attempt, told) = (0, "")
        while !Task.isCancelled {
            do throws(RecoveryError) { return try await find() } catch {
                if Task.isCancelled || error.code == .cancelled { return nil }
                if error.code == .wrongSystem || error.code == .request { throw error }
                state.withLock { $0 = .searching(error) }
                // The same again each five minutes or so: a wrong password is for people to mend.
                if told != error.description || attempt % 10 == 0 {
                    told = error.description
                    logger.warning("the log is not received yet", metadata: ["error": "\(error)"])
                }
            }
            attempt += 1
            try? await Task.sleep(for: backoff.delay(attempt: attempt))
        }
        return nil
    }
}
