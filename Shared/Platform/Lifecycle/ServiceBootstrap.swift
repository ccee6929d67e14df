// SPDX-License-Identifier: Apache-2.0
// Martlet: runs the services of a process from start to exit, and turns signals into an orderly end.
internal import Glibc
public import Logging
public import ServiceLifecycle
internal import UnixSignals

/// Runs services as one group.
///
/// ```swift
/// let bootstrap = ServiceBootstrap(services: [pool, server], logger: logger, settings: ShutdownSettings(reader), lifecycle: lifecycle)
/// try await bootstrap.run()
/// ```
/// The first SIGTERM or SIGINT moves the lifecycle to `draining`, waits for the drain delay (SIGTERM only), and then
/// shuts the services
/// down gracefully in reverse order. A second signal exits at once with 128 + its number. When the graceful time is
/// over the services are
/// cancelled; when that takes too long the process exits with code 75. SIGPIPE is ignored. A service that ends, or
/// throws, brings the
/// others down gracefully; its error is rethrown.
public struct ServiceBootstrap: Sendable {
    private let services: [any Service]
    private let logger: Logger
    private let settings: ShutdownSettings
    private let lifecycle: Lifecycle
    private let exitNow: @Sendable (Int32) -> Void

    /// Describes a run; later services may use earlier ones, for shutdown goes in reverse order.
    public init(services: [any Service], logger: Logger, settings: ShutdownSettings, lifecycle: Lifecycle) {
        self.init(services: services, logger: logger, settings: settings, lifecycle: lifecycle) { _exit($0) }
    }

    init(
        services: [any Service],
        logger: Logger,
        settings: ShutdownSettings,
        lifecycle: Lifecycle,
        exitNow: @escaping @Sendable (Int32) -> Void
    ) {
        self.services = services
        self.logger = logger
        self.settings = settings
        self.lifecycle = lifecycle
        self.exitNow = exitNow
    }

    /// Runs until all services have ended; rethrows the first error of a service.
    ///
    /// `whenStarted` runs once beside the services, by default it moves the lifecycle to `ready`.
    public func run(whenStarted: (@Sendable () async throws -> Void)? = nil) async throws {
        signal(SIGPIPE, SIG_IGN)
        lifecycle.observe { [logger] phase in if phase == .ready { logger.info("ready") } }
        // The group gets no signals of its own: it would take the first and leave none to count the second by.
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint])
        let group = ServiceGroup(configuration: configuration(whenStarted))
        defer { lifecycle.advance(to: .stopped) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [self] in await watch(signals, group) }
            defer { tasks.cancelAll() }
            try await group.run()
        }
    }

    private func configuration(_ whenStarted: (@Sendable () async throws -> Void)?) -> ServiceGroupConfiguration {
        let starter = StartService(lifecycle: lifecycle, action: whenStarted)
        let all: [any Service] = services + [starter]
        var configuration = ServiceGroupConfiguration(
            services: all.map { service in
                .init(
                    service: service,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = settings.gracefulTimeout - settings.drainDelay
        // The group's own end of patience is a crash with a backtrace; the watch below exits cleanly just before.
        configuration.maximumCancellationDuration = settings.cancellationTimeout + .seconds(5)
        return configuration
    }

    private func watch(_ signals: UnixSignalsSequence, _ group: ServiceGroup) async {
        await withTaskGroup(of: Void.self) { tasks in
            var isFirst = true
            for await signal in signals {
                guard isFirst else {
                    logger.warning("second signal, exiting at once", metadata: ["signal": "\(signal)"])
                    exitNow(ExitCode.signal(signal.rawValue))
                    return
                }
                isFirst = false
                logger.info("signal received, draining", metadata: ["signal": "\(signal)"])
                lifecycle.advance(to: .draining)
                let delay = signal == .sigterm ? settings.drainDelay : .zero
                tasks.addTask { [self] in await shutDown(group, after: delay) }
            }
            tasks.cancelAll()
        }
    }

    private func shutDown(_ group: ServiceGroup, after delay: Duration) async {
        do {
            if delay > .zero { try await Task.sleep(for: delay) }
            await group.triggerGracefulShutdown()
            try await Task.sleep(for: settings.gracefulTimeout - delay + settings.cancellationTimeout)
        } catch {
            return  // the services have ended in time
        }
        logger.critical("shutdown took too long, exiting", metadata: ["exit_code": "\(ExitCode.shutdownTimeout)"])
        exitNow(ExitCode.shutdownTimeout)
    }
}
