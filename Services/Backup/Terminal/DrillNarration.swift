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
    private let style: NarrationStyle
    private let logger: Logger
    private let step = Mutex<Step?>(nil)

    init(_ context: RunContext) {
        style = NarrationStyle(context)
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
        try await style.tell(look, during: body)
    }

    @Sendable private func look() {
        guard let step = step.withLock({ $0 }) else { return }
        let line = Self.line(step, progress.figures)
        guard style == .log else { return style.say(line) }
        logger.info("drill", metadata: ["progress": "\(line)"])
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
