// SPDX-License-Identifier: Apache-2.0
// Martlet: changes the rate while a run goes on.

internal import Logging
internal import Platform
internal import Recovery
internal import UnixSignals

/// Reads `MARTLET_BACKUP_RATE_FILE` every second and at SIGHUP, and sets the pace by it.
///
/// The file holds a size such as `20MiB`, or `0` for no limit. Without a file, or with one that can't be read, the setting
/// counts, which is told at the beginning; what is no size changes nothing and is logged once.
struct RateWatch: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Watches for as long as `body` runs.
    func run(_ body: () async throws -> Void) async throws {
        guard let path = context.settings.run.rateFile else { return try await body() }
        let signals = await UnixSignalsSequence(trapping: [.sighup])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            var text = read(path, besides: nil)
            if text == nil {
                context.logger.warning(
                    "the file of the rate can't be read: the setting counts",
                    metadata: ["path": "\(path)"]
                )
            }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(1))) != nil { text = self.read(path, besides: text) }
            }
            group.addTask { for await _ in signals { _ = self.read(path, besides: nil) } }
            try await body()
        }
    }

    /// Sets the pace by the file unless it says what it said before; returns what it says.
    private func read(_ path: String, besides old: String?) -> String? {
        let text = try? FileText.text(path: path, limit: 4_096).split(whereSeparator: \.isWhitespace).first
        guard let text = text.map({ String($0) }) else {
            context.pace.bytesPerSecond = context.settings.run.rate
            return nil
        }
        guard text != old else { return text }
        guard let rate = ByteCount(parsing: text)?.bytes else {
            context.logger.error("the file of the rate holds no size", metadata: ["path": "\(path)"])
            return text
        }
        context.pace.bytesPerSecond = rate == 0 ? nil : rate
        context.logger.info("rate changed", metadata: ["bytes_per_second": "\(rate)"])
        return text
    }
}
