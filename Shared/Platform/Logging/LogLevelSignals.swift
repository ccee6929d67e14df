// SPDX-License-Identifier: Apache-2.0
// Martlet: the level of the logs changed from outside, while the process runs.
internal import Logging
public import ServiceLifecycle
internal import UnixSignals

/// SIGUSR1 makes the logs one level more talkative, SIGUSR2 sets them back to the configured level.
public struct LogLevelSignals: Service {
    private let level: LogLevelSwitch
    private let configured: Logger.Level
    private let logger: Logger

    /// Describes the service for a sink's level.
    public init(_ sink: LogSink) {
        level = sink.level
        configured = sink.level.level
        logger = sink.logger(label: "logs")
    }

    /// Listens until graceful shutdown.
    public func run() async throws {
        let signals = await UnixSignalsSequence(trapping: [.sigusr1, .sigusr2])
        await cancelWhenGracefulShutdown {
            for await signal in signals { change(signal == .sigusr1) }
        }
    }

    private func change(_ toMore: Bool) {
        level.level = toMore ? Logger.Level(ordinal: level.level.ordinal - 1) : configured
        // Shown at any level: who asked wants to see that it worked.
        logger.log(level: max(level.level, .notice), "log level changed", metadata: ["level": "\(level.level)"])
    }
}
