// SPDX-License-Identifier: Apache-2.0
// Martlet: how often something is due.

internal import Platform

/// How often something is due, if ever.
public enum Recurrence: Sendable, Equatable {
    /// At the latest so long after the last time.
    case every(Duration)
    /// Nobody waits for it: `off`.
    case never

    /// Reads a duration, the times of cron (of which the longest time between two counts), or `off`; nil when it is none of them.
    init?(_ text: String) {
        if text.lowercased() == "off" {
            self = .never
        } else if let gap = (try? CronExpression(text))?.longestGap(in: .utc) ?? (try? ISODuration.parseLenient(text)) {
            self = .every(gap)
        } else {
            return nil
        }
    }

    /// The time between two; nil when it is never due.
    var interval: Duration? {
        if case .every(let interval) = self { interval } else { nil }
    }
}
