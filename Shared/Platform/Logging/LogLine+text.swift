// SPDX-License-Identifier: Apache-2.0
// Martlet: a log event as a line for people.
internal import Logging

extension LogLine {
    /// The event as `time LEVEL logger: message key=value` with a line end; colours only when asked for.
    static func text(_ record: LogRecord, coloured: Bool, limit: Int) -> [UInt8] {
        var line = LogLine(limit: limit)
        line.timestamp(record.time)
        line.raw(" ")
        if coloured { line.raw(colour(record.event.level)) }
        line.raw(name(record.event.level))
        if coloured { line.raw("\u{1B}[0m") }
        line.raw(" ")
        line.visible(record.label)
        line.raw(": ")
        line.visible(record.event.message.description)
        for (name, value) in record.context.pairs {
            line.raw(" ")
            line.raw(name)
            line.raw("=")
            line.value(value)
        }
        for (key, value) in record.metadata.sorted(by: { $0.key < $1.key }) {
            guard line.hasRoom else {
                line.markTruncated()
                break
            }
            line.raw(" ")
            line.visible(key)
            line.raw("=")
            line.value("\(value)")
        }
        if let error = record.event.error {
            line.raw(" error=")
            line.value("\(error)")
        }
        if line.isTruncated { line.raw(" truncated=true") }
        line.raw("\n")
        return line.bytes
    }

    private static func name(_ level: Logger.Level) -> StaticString {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO "
        case .notice: "NOTE "
        case .warning: "WARN "
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }

    private static func colour(_ level: Logger.Level) -> StaticString {
        switch level {
        case .trace, .debug: "\u{1B}[90m"
        case .info, .notice: "\u{1B}[32m"
        case .warning: "\u{1B}[33m"
        case .error, .critical: "\u{1B}[31m"
        }
    }
}
