// SPDX-License-Identifier: Apache-2.0
// Martlet: tells how far a run is while it goes on.

internal import Logging
internal import Platform
internal import Recovery

/// A line that is redrawn on a terminal, a line each 10 s elsewhere, or log lines where logs are JSON.
struct Narration: Sendable {
    /// What the run counts.
    let progress = BackupProgress()
    private let style: NarrationStyle
    private let logger: Logger

    init(_ context: RunContext) {
        logger = context.logger
        style = NarrationStyle(context)
    }

    /// Runs `body`, and tells meanwhile.
    func tell<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        try await style.tell(look, during: body)
    }

    @Sendable private func look() {
        let figures = progress.figures
        guard style == .log else { return style.say(ProgressLine(figures: figures).description) }
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
