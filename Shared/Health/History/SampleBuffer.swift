// SPDX-License-Identifier: Apache-2.0
// Martlet: findings on their way to the ledger, minute by minute.

internal import Platform
internal import Synchronization

/// Findings of minutes that are not written yet; bounded, so that a ledger that is away for long costs history and no memory.
final class SampleBuffer: Sendable {
    /// The most minutes of checks that wait; 15 minutes of 2,000 checks.
    static let limit = 30_000

    private struct State {
        var minutes: [MinuteSample.Key: MinuteSample] = [:]
        var lost = 0
    }

    private let state = Mutex(State())

    /// Takes a finding in.
    func add(_ finding: MinuteSample.Finding, check: String, location: String) {
        let key = MinuteSample.Key(check: check, location: location, at: finding.at)
        state.withLock { state in
            guard state.minutes[key] != nil || state.minutes.count < Self.limit else {
                state.lost += 1
                return
            }
            state.minutes[key, default: MinuteSample()].add(finding)
        }
    }

    /// Takes out at most `count` minutes that ended before a time, the oldest first.
    func take(endedBefore time: Timestamp, upTo count: Int) -> [(key: MinuteSample.Key, sample: MinuteSample)] {
        state.withLock { state in
            let due = state.minutes.keys.filter { $0.minute + MinuteSample.length <= time.microseconds }
                .sorted { ($0.minute, $0.check) < ($1.minute, $1.check) }.prefix(count)
            return due.compactMap { key in state.minutes.removeValue(forKey: key).map { (key, $0) } }
        }
    }

    /// Puts back what could not be written; findings of a minute that went on meanwhile are kept.
    func putBack(_ minutes: [(key: MinuteSample.Key, sample: MinuteSample)]) {
        state.withLock { state in
            for (key, sample) in minutes {
                guard state.minutes.count < Self.limit, state.minutes[key] == nil else {
                    state.lost += 1
                    continue
                }
                state.minutes[key] = sample
            }
        }
    }

    /// Counts minutes that the ledger refused.
    func lose(_ minutes: Int) { state.withLock { $0.lost += minutes } }

    /// Findings and minutes for which there was no room, and minutes that the ledger refused.
    var lost: Int { state.withLock { $0.lost } }
    /// Minutes that wait.
    var count: Int { state.withLock { $0.minutes.count } }
}
