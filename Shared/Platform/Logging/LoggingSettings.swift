// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings of logging.
public import Logging

/// `LOG_LEVEL` (trace, debug, info, notice, warning, error, critical; default info), `LOG_FORMAT` (json, text; default json) and
/// `MARTLET_LOG_REPEATS` (default 20).
public struct LoggingSettings: Sendable {
    /// The minimum level.
    public var level: Logger.Level
    /// The shape of the lines.
    public var format: LogFormat
    /// Warnings and errors of one place in the program that are shown in 10 s; nil shows all.
    public var repeats: Int?

    /// The defaults, or other values, without a reader.
    public init(level: Logger.Level = .info, format: LogFormat = .json, repeats: Int? = 20) {
        self.level = level
        self.format = format
        self.repeats = repeats
    }

    /// Reads the settings; programs that people start by hand may default to another format.
    public init(_ reader: SettingsReader, format standard: LogFormat = .json) {
        level = reader.choice("LOG_LEVEL", default: .info)
        format = reader.choice("LOG_FORMAT", default: standard)
        let limit = reader.int("MARTLET_LOG_REPEATS", default: 20, in: 0...1_000_000)
        repeats = limit == 0 ? nil : limit
    }
}
