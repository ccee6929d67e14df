// SPDX-License-Identifier: Apache-2.0
// Martlet: a logger whose errors a test can read.

import Logging
import Synchronization

final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    /// The errors so far.
    var errors: [String] { lines.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "lines") { _ in Handler(lines: self) }
        logger.logLevel = .error
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .error

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }
}
