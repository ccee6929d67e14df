// SPDX-License-Identifier: Apache-2.0
// Martlet: format, output, level and identity of the logs of one process.
public import Logging
internal import Synchronization

/// Makes the log handlers of a process.
///
/// ```swift
/// let sink = LogSink(service: "martlet-api", settings: LoggingSettings(reader))
/// sink.install()
/// sink.level.level = .debug  // later, while the process runs
/// ```
/// Of the warnings and errors of one place in the program, some 20 are shown in 10 s; the next one that is shown bears the number of those that were
/// not as `suppressed`.
public struct LogSink: Sendable {
    /// The minimum level of the process, changeable at run time.
    public let level: LogLevelSwitch
    /// Where the lines go.
    public let output: LogOutput
    /// Their shape.
    public let format: LogFormat
    private let service: String
    private let version: String
    private let now: @Sendable () -> Timestamp
    private let repeated: RepeatedLog

    /// Creates a sink for a service; it changes nothing until ``install()``.
    public init(
        service: String,
        version: String = BuildInfo.version,
        settings: LoggingSettings,
        output: LogOutput = LogOutput(),
        now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.service = service
        self.version = version
        self.output = output
        self.now = now
        format = settings.format
        level = LogLevelSwitch(settings.level)
        repeated = RepeatedLog(limit: settings.repeats)
    }

    /// Lines that were not shown, since too many of their kind were.
    public var suppressedLines: Int { repeated.suppressed.load(ordering: .relaxed) }

    /// Makes this sink the back end of every `Logger` of the process; call it once, before the first logger is made.
    public func install() {
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, sink: self) }
    }

    /// A logger that writes here, whether the sink is installed or not.
    public func logger(label: String) -> Logger {
        Logger(label: label) { LineLogHandler(label: $0, sink: self) }
    }

    func write(label: String, event: LogEvent, metadata: Logger.Metadata) {
        let time = now()
        var metadata = metadata
        if event.level >= .warning {
            let site = RepeatedLines.Site(file: event.file, line: event.line)
            let (isShown, suppressed) = repeated.lines.withLock { $0.admit(site, now: time) }
            guard isShown else {
                repeated.suppressed.add(1, ordering: .relaxed)
                return
            }
            if suppressed > 0 { metadata["suppressed"] = .stringConvertible(suppressed) }
        }
        let record = LogRecord(
            time: time,
            service: service,
            version: version,
            label: label,
            context: LogContext.current,
            event: event,
            metadata: metadata
        )
        switch format {
        case .json: output.write(LogLine.json(record, limit: LogOutput.maximumLineLength))
        case .text:
            output.write(LogLine.text(record, coloured: output.isTerminal, limit: LogOutput.maximumLineLength))
        }
    }

    /// Copies of a sink share what they count.
    private final class RepeatedLog: Sendable {
        let lines: Mutex<RepeatedLines>
        let suppressed = Atomic(0)
        init(limit: Int?) { lines = Mutex(RepeatedLines(limit: limit)) }
    }
}
