// SPDX-License-Identifier: Apache-2.0
// Martlet: the uptimes and days of each check as JSON, written once for each time that they are read.

internal import Health
internal import NIOCore
internal import Platform
internal import Synchronization
internal import Web

/// Texts of each check's history; they change once a minute, while the page is asked for all the time.
final class HistoryText: Sendable {
    private struct Parts {
        var uptime: [UInt8]
        var kept: [UInt8]
        var days: [UInt8]
    }

    private struct State {
        var revision = -1
        var day = -1
        var parts: [String: Parts] = [:]
    }

    private let uptimes: UptimeBook
    private let state = Mutex(State())

    init(_ uptimes: UptimeBook) { self.uptimes = uptimes }

    /// Writes the members `uptime`, `uptime_without_maintenance` and `days` of a check.
    func write(_ check: String, to json: inout JSONWriter) {
        let now = Timestamp.now()
        let parts = state.withLock { state in
            if state.revision != uptimes.revision || state.day != now.day {
                state = State(revision: uptimes.revision, day: now.day)
            }
            if let known = state.parts[check] { return known }
            let made = make(check, now)
            state.parts[check] = made
            return made
        }
        json.field("uptime", raw: parts.uptime)
        json.field("uptime_without_maintenance", raw: parts.kept)
        json.field("days", raw: parts.days)
    }

    private func make(_ check: String, _ now: Timestamp) -> Parts {
        let sums = uptimes.sums(of: check)
        return Parts(
            uptime: Self.shares(sums.map { ($0.span, $0.counts.availability) }),
            kept: Self.shares(sums.map { ($0.span, $0.counts.availabilityWithoutMaintenance) }),
            days: Self.days(uptimes.days(of: check), now)
        )
    }

    private static func shares(_ shares: [(span: String, share: Double?)]) -> [UInt8] {
        var json = JSONWriter(capacity: 96)
        json.object { json in
            for (span, share) in shares { write(span, share, to: &json) }
        }
        return Array(json.buffer.readableBytesView)
    }

    private static func days(_ days: [FindingCounts], _ now: Timestamp) -> [UInt8] {
        let first = now.day - days.count + 1
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("from", date(first))
            json.field("bars", String(days.map(bar)))
            json.key("marked")
            json.object { json in
                for (place, counts) in days.enumerated() {
                    let letter = bar(counts)
                    guard letter != "U", letter != "N" else { continue }
                    json.key(named: date(first + place))
                    json.object { json in
                        let all = Double(counts.up + counts.degraded + counts.down + counts.unknown)
                        let isToday = place == days.count - 1
                        let length = isToday ? Double(now.microseconds % 86_400_000_000) / 1_000_000 : 86_400
                        func seconds(_ count: Int) -> Int { all > 0 ? Int(Double(count) / all * length) : 0 }
                        write("uptime", counts.availability, to: &json)
                        json.field("down_seconds", seconds(counts.down))
                        json.field("degraded_seconds", seconds(counts.degraded))
                        json.field("maintenance_seconds", seconds(counts.inMaintenance))
                    }
                }
            }
        }
        return Array(json.buffer.readableBytesView)
    }

    /// The letter of a day: down from a thousandth of its findings on, so that one lost packet paints no day red; any less is degraded.
    private static func bar(_ counts: FindingCounts) -> Character {
        let all = counts.up + counts.degraded + counts.down
        guard all > 0 else { return "N" }
        if Double(counts.keptDown) / Double(all) >= 0.001 { return "D" }
        if counts.keptDown + counts.keptDegraded > 0 { return "G" }
        let isWorkedOn = counts.inMaintenance > 0 && (counts.keptUp == 0 || counts.down + counts.degraded > 0)
        return isWorkedOn ? "M" : "U"
    }

    private static func write(_ name: String, _ share: Double?, to json: inout JSONWriter) {
        json.key(named: name)
        if let share { json.number((share * 1_000_000).rounded(.down) / 1_000_000) } else { json.null() }
    }

    private static func date(_ day: Int) -> String {
        String(Timestamp(seconds: Int64(day) * 86_400).formatted(fractionDigits: 0).prefix(10))
    }
}
