// SPDX-License-Identifier: Apache-2.0
// Martlet: the two shapes of a log line.

/// How log lines look.
public enum LogFormat: String, CaseIterable, Sendable {
    /// One JSON object a line, for collectors.
    case json
    /// `time LEVEL logger message key=value`, for people; coloured on a terminal.
    case text
}
