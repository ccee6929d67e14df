// SPDX-License-Identifier: Apache-2.0
// Martlet: everything that goes into one log line.
internal import Logging

/// One event with what the handler knows about its surroundings.
struct LogRecord {
    var time: Timestamp
    var service: String
    var version: String
    var label: String
    var context: LogContext
    var event: LogEvent
    var metadata: Logger.Metadata
}
