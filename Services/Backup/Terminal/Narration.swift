// SPDX-License-Identifier: Apache-2.0
// Martlet: tells how far a run is while it goes on.

internal import Logging
internal import Platform
internal import Recovery

/// A line that is redrawn on a terminal, a line each 10 s elsewhere, or log lines where logs are JSON.
struct Narration: Sendable {
    /// Where progress is shown.
    enum Style: Sendable {
        /// Redrawn five times a second.
        case terminal
        /// One line each 10 s.
        case lines
        /// One record each 10 s.
        case log
    }

    /// What the run counts.
    let progress = BackupProgress()
    private let style: Style
    private let logger: Logger

    init(_ context: RunContext) {
        logger = context.logger
        style = Self.style(of: context)
    }

    /// What fits to where the run's words go.
    static func style(of context: RunContext) -> Style {
        context.settings.logging.format == .json ? .log : Terminal.isWatched ? .terminal : .lines
    }

    /// Runs `body`, and tells meanwhile.
    func tell<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let outcome = await withTaskGroup(of: Result<Value, RecoveryError>?.self) { group in
            group.addTask {
                do throws(RecoveryError) { return .success(try await body()) } catch { return .failure(error) }
            }
            group.addTask {
                await self.go()
                return nil
            }
            while let ended = await group.next() {
                guard let ended else { continue }
                group.cancelAll()
                return ended
            }
            return .failure(RecoveryError(.internal, "a run had no end"))
        }
        if case .terminal = style { Terminal.say("\r\u{1B}[K") }
        return try outcome.get()
    }

    private func go() async {
        let pause: Duration = style == .terminal ? .milliseconds(200) : .seconds(10)
        while (try? await Task.sleep(for: pause)) != nil {
            let line = ProgressLine(figures: progress.figures).description
            switch style {
            case .terminal: Terminal.say("\r\(line.prefix(max(1, Terminal.columns - 1)))\u{1B}[K")
            case .lines: Terminal.say("\(line)\n")
            case .log:
                let figures = progress.figures
                logger.info(
                    "progress",
                    metadata: [
                        "bytes_read": "\(figures.bytesRead)", "bytes_stored": "\(figures.bytesStored)",
                        "bytes_expected": "\(figures.expected.map { "\($0)" } ?? "unknown")",
                        "bytes_per_second": "\(Int64(figures.rate))",
                    ]
                )
            }
        }
    }
}
