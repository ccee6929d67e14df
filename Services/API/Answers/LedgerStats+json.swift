// SPDX-License-Identifier: Apache-2.0
// Martlet: the counts by queue as JSON.

internal import Jobs
internal import Platform
internal import Web

extension LedgerStats {
    /// Writes the counts of all queues, and their sums.
    func write(to json: inout JSONWriter, now: Timestamp = .now()) {
        json.object { json in
            json.field("sampled_at", sampledAt.map { Timestamp(microseconds: $0) })
            json.key("total")
            sum.write(to: &json, now: now)
            json.key("queues")
            json.object { json in
                for queue in queues {
                    json.key(named: queue.name)
                    queue.write(to: &json, now: now)
                }
            }
        }
    }

    private var sum: Queue {
        var sum = Queue(name: "")
        for queue in queues {
            sum.unfinished.merge(queue.unfinished, uniquingKeysWith: +)
            sum.finished.merge(queue.finished, uniquingKeysWith: +)
            sum.lastMinute.merge(queue.lastMinute, uniquingKeysWith: +)
            sum.oldestAvailableAt = [sum.oldestAvailableAt, queue.oldestAvailableAt].compactMap(\.self).min()
        }
        return sum
    }
}

extension LedgerStats.Queue {
    fileprivate func write(to json: inout JSONWriter, now: Timestamp) {
        json.object { json in
            for state in JobState.allCases where !state.isFinal {
                json.key(named: state.rawValue)
                json.number(unfinished[state] ?? 0)
            }
            for outcome in JobOutcome.allCases {
                json.key(named: outcome.state.rawValue)
                json.number(finished[outcome] ?? 0)
            }
            json.key("last_minute")
            json.object { json in
                for outcome in JobOutcome.allCases {
                    json.key(named: outcome.state.rawValue)
                    json.number(lastMinute[outcome] ?? 0)
                }
            }
            if let oldestAvailableAt {
                json.field("oldest_available_at", Timestamp(microseconds: oldestAvailableAt))
                let (seconds, attoseconds) = (now - Timestamp(microseconds: oldestAvailableAt)).components
                json.field("oldest_available_age_seconds", max(0, Double(seconds) + Double(attoseconds / 1_000_000_000_000) / 1e6))
            }
        }
    }
}
