// SPDX-License-Identifier: Apache-2.0
// Martlet: the counts by queue as JSON.

internal import Jobs
internal import Platform
internal import Web

extension LedgerStats {
    /// Writes the counts of all queues, and their sums.
    func write(to json: inout JSONWriter, now: Timestamp = .now()) {
        let counts = queues.map { QueueCounts($0) }
        json.object { json in
            json.field("sampled_at", sampledAt.map { Timestamp(microseconds: $0) })
            json.key("total")
            counts.reduce(into: QueueCounts()) { $0.add($1) }.write(to: &json, now: now)
            json.key("queues")
            json.object { json in
                for (queue, counts) in zip(queues, counts) {
                    json.key(named: queue.name)
                    counts.write(to: &json, now: now)
                }
            }
        }
    }
}

/// The counts of one queue, or the sums over several.
private struct QueueCounts {
    private var unfinished: [JobState: Int64] = [:]
    private var finished: [JobOutcome: Int64] = [:]
    private var lastMinute: [JobOutcome: Int64] = [:]
    private var oldestAvailableAt: Int64?

    init() {}

    init(_ queue: LedgerStats.Queue) {
        unfinished = queue.unfinished
        finished = queue.finished
        lastMinute = queue.lastMinute
        oldestAvailableAt = queue.oldestAvailableAt
    }

    mutating func add(_ other: QueueCounts) {
        unfinished.merge(other.unfinished, uniquingKeysWith: +)
        finished.merge(other.finished, uniquingKeysWith: +)
        lastMinute.merge(other.lastMinute, uniquingKeysWith: +)
        oldestAvailableAt = [oldestAvailableAt, other.oldestAvailableAt].compactMap(\.self).min()
    }

    func write(to json: inout JSONWriter, now: Timestamp) {
        json.object { json in
            for state in JobState.allCases where !state.isFinal {
                json.key(named: state.rawValue)
                json.number(unfinished[state] ?? 0)
            }
            Self.write(finished, to: &json)
            json.key("last_minute")
            json.object { json in Self.write(lastMinute, to: &json) }
            guard let oldestAvailableAt else { return }
            json.field("oldest_available_at", Timestamp(microseconds: oldestAvailableAt))
            json.field("oldest_available_age_seconds", Double(max(0, now.microseconds - oldestAvailableAt)) / 1e6)
        }
    }

    private static func write(_ counts: [JobOutcome: Int64], to json: inout JSONWriter) {
        for outcome in JobOutcome.allCases {
            json.key(named: outcome.state.rawValue)
            json.number(counts[outcome] ?? 0)
        }
    }
}
