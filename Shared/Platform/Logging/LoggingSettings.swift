// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings of logging.
public import Logging

/// `LOG_LEVEL` (trace, debug, info, notice, warning, error, critical; default info) and `LOG_FORMAT` (json, text;
/// default json).
public struct LoggingSettings: Sendable {
    /// The minimum level.
    public var level: Logger.Level
    /// The shape of the lines.
    public var format: LogFormat

    /// The defaults, or other values, without a reader.
    public init(level: Logger.Level = .info, format: LogFormat = .json) {
        self.level = level
        self.format = format
    }

    /// Reads both settings.
    public init(_ reader: SettingsReader) {
        level = reader.choice("LOG_LEVEL", default: .info)
        format = reader.choice("LOG_FORMAT", default: .json)
    }
}
