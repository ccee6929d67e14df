// SPDX-License-Identifier: Apache-2.0
// Martlet: takes on a changed configuration while running.

internal import Health
internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import UnixSignals

/// Reads the configuration again on SIGHUP and when its file changes; a wrong one is logged, and the old one stays.
struct ConfigurationReload: Service {
    let source: ConfigurationSource
    let engine: HealthEngine
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: [.sighup])
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { for await _ in signals { self.reload("SIGHUP") } }
                group.addTask { await self.watch() }
            }
        }
    }

    /// By looking, for a mounted file may be replaced by a link to another one, of which no watch tells.
    private func watch() async {
        var mark = source.mark
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(2))
            let now = source.mark
            guard let now, now != mark else { continue }
            mark = now
            reload("the file changed")
        }
    }

    private func reload(_ reason: String) {
        do throws(HealthError) {
            let configuration = try source.read()
            engine.load(configuration)
            logger.notice(
                "configuration loaded",
                metadata: ["reason": "\(reason)", "checks": "\(configuration.checks.count)"]
            )
        } catch {
            engine.refuse()
            logger.error("the old configuration stays", metadata: ["reason": "\(reason)", "error": "\(error)"])
        }
    }
}
