// SPDX-License-Identifier: Apache-2.0
// Martlet: takes on a changed configuration while running.

internal import Health
internal import Logging
internal import Platform
internal import Postgres
internal import ServiceLifecycle
internal import UnixSignals

/// Reads the configuration again on SIGHUP and when its file changes; a wrong one is logged, and the old one stays.
///
/// An actor on a thread of its own: files may keep who reads them waiting, ten thousand checks take a second, and of two
/// readers the slower one would win.
actor ConfigurationReload: Service {
    nonisolated let loop = EventLoop(name: "configuration")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let source: ConfigurationSource
    private let engine: HealthEngine
    private let logger: Logger
    private var watch: ConfigurationWatch
    /// Why the last one was refused.
    private var refusal: String?

    /// - Parameter mark: The mark of what `engine` has.
    init(source: ConfigurationSource, mark: ConfigurationMark, engine: HealthEngine, logger: Logger) {
        self.source = source
        self.engine = engine
        self.logger = logger
        watch = ConfigurationWatch(mark)
    }

    deinit { loop.shutdown() }

    nonisolated func run() async throws {
        let signals = await UnixSignalsSequence(trapping: [.sighup])
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { for await _ in signals { await self.reload("SIGHUP") } }
                group.addTask { while (try? await Task.sleep(for: .seconds(1))) != nil { await self.look() } }
            }
        }
    }

    /// Looks at the file, and reads it when that is due. By looking, for a mounted file may be replaced by a link to
    /// another one, of which no watch tells.
    func look() {
        if watch.look(source.mark) { reload("the file changed") }
    }

    /// Reads the configuration now.
    func reload(_ reason: String) {
        let mark = source.mark
        let result = read()
        // Who changes it while it is read has not finished: it is read when it has been quiet.
        guard source.mark == mark else {
            return logger.notice("the configuration changes while it is read", metadata: ["reason": "\(reason)"])
        }
        switch result {
        case .success(let configuration):
            engine.load(configuration)
            refusal = nil
            logger.notice(
                "configuration loaded",
                metadata: ["reason": "\(reason)", "checks": "\(configuration.checks.count)"]
            )
        case .failure(let error):
            engine.refuse()
            let text = "\(error)"
            if text != refusal {
                logger.error("the old configuration stays", metadata: ["reason": "\(reason)", "error": "\(text)"])
            }
            refusal = text
        }
        watch.hasRead(mark, isRefused: refusal != nil)
    }

    private func read() -> Result<HealthConfiguration, HealthError> {
        do throws(HealthError) {
            let configuration = try source.read()
            try configuration.check(asSuccessorOf: engine.configuration, file: source.name)
            return .success(configuration)
        } catch {
            return .failure(error)
        }
    }
}
