// SPDX-License-Identifier: Apache-2.0
// Martlet: what `serve` does when, and how it went.

internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Platform
internal import Recovery
internal import Web

/// `GET /v1/runs`: each scheduled kind of run with its next time and its last end in this process.
struct RunRoutes: Sendable {
    let live: LiveSettings
    let log: RunLog

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/runs") { request, _ in
            try QueryReader.refuseAll(of: request)
            var json = JSONWriter(capacity: 1_024)
            write(&json, live.read().settings.schedule, now: .now())
            return .bytes(Array(json.buffer.readableBytesView), type: "application/json")
        }
    }

    func write(_ json: inout JSONWriter, _ schedule: ScheduleSettings, now: Timestamp) {
        // A check waits for a backup, which without a schedule somebody else makes, some day.
        let isBackingUp = schedule.entries.contains { $0.work == .backup }
        json.object { json in
            json.key("runs")
            json.array { json in
                for work in ScheduleSettings.Work.allCases {
                    let record = log[work]
                    let cron = schedule.entries.first { $0.work == work }?.cron
                    json.object { json in
                        json.field("run", work.rawValue)
                        json.field("schedule", cron?.description)
                        json.field("next_at", cron?.next(after: now, in: schedule.zone))
                        json.field("first", record.isAwaited && isBackingUp ? "pending" : nil)
                        json.field("running_since", record.running)
                        json.field("began_at", record.last?.began)
                        json.field("ended_at", record.last?.ended)
                        json.field("result", record.last.map { $0.error == nil ? "succeeded" : "failed" })
                        json.field("error", record.last?.error?.description)
                        json.field("succeeded_at", record.lastSuccess)
                    }
                }
            }
        }
    }
}
