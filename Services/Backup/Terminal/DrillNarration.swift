// SPDX-License-Identifier: Apache-2.0
// Martlet: tells what a drill does.

internal import Logging
internal import Platform
internal import Recovery
internal import Synchronization

/// A line for each phase; on a terminal the present one is redrawn with its time, elsewhere it is told again each 10 s.
final class DrillNarration: Sendable {
    private struct Step {
        let phase: DrillPhase
        let began: ContinuousClock.Instant
    }

    /// What is restored.
    let progress = BackupProgress()
    private let style: Narration.Style
    private let logger: Logger
    private let step = Mutex<Step?>(nil)

    init(_ context: RunContext) {
        style = Narration.style(of: context)
        logger = context.logger
    }

    /// A phase begins.
    func begin(_ phase: DrillPhase) {
        let before = step.withLock { step in
            defer { step = Step(phase: phase, began: .now) }
            return step
        }
        switch style {
        case .terminal: if let before { Terminal.say("\r\(Self.line(before, nil))\u{1B}[K\n") }
        case .lines: Terminal.say("\(phase.rawValue)\n")
        case .log: logger.info("drill", metadata: ["phase": "\(phase.rawValue)"])
        }
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
            return .failure(RecoveryError(.internal, "a drill had no end"))
        }
        if case .terminal = style { Terminal.say("\r\u{1B}[K") }
        return try outcome.get()
    }

    private func go() async {
        let pause: Duration = style == .terminal ? .milliseconds(200) : .seconds(10)
        while (try? await Task.sleep(for: pause)) != nil {
            guard let step = step.withLock({ $0 }) else { continue }
            let line = Self.line(step, progress.figures)
            switch style {
            case .terminal: Terminal.say("\r\(line.prefix(max(1, Terminal.columns - 1)))\u{1B}[K")
            case .lines: Terminal.say("\(line)\n")
            case .log: logger.info("drill", metadata: ["progress": "\(line)"])
            }
        }
    }

    /// `restore  16 s  42 %  1.3 GiB of 3.1 GiB …`.
    private static func line(_ step: Step, _ figures: ProgressFigures?) -> String {
        let time = ProgressLine.time(.now - step.began)
        guard let figures, step.phase == .restore, figures.expected != nil else {
            return "\(step.phase.rawValue)  \(time)"
        }
        return "\(step.phase.rawValue)  \(time)  \(ProgressLine(figures: figures))"
    }
}
