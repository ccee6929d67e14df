// SPDX-License-Identifier: Apache-2.0
// Martlet: whether something that must report has reported.

internal import Platform
internal import Synchronization

/// Whether a cron job, a backup or the like has reported in time, and well.
struct HeartbeatProbe: RememberingProbe {
    let store: HealthStore
    /// The name that it reports under.
    let name: String
    /// How often it must report.
    let every: Recurrence
    /// How late it may be.
    let grace: Duration
    private let start: Start

    /// Since when a report has been waited for; shared by copies, since it may be found to be longer ago.
    private final class Start: Sendable {
        let time: Mutex<Timestamp>

        init(_ time: Timestamp) { self.time = Mutex(time) }
    }

    /// - Parameter since: The time of the configuration's load: before the first report it counts from here.
    init(store: HealthStore, name: String, every: Recurrence, grace: Duration, since: Timestamp) {
        self.store = store
        self.name = name
        self.every = every
        self.grace = grace
        start = Start(since)
    }

    /// Since when a report has been waited for.
    var since: Timestamp { start.time.withLock { $0 } }

    func resume(from earlier: any Probe) {
        guard let earlier = earlier as? HeartbeatProbe, earlier.name == name else { return }
        wait(since: earlier.since)
    }

    /// Without a report it was unknown since the first look, or down since it was too late; where there is a report this counts for nothing.
    func resume(from observation: Observation) {
        switch observation.state {
        case .unknown: wait(since: observation.since)
        case .down: wait(since: observation.since + (.zero - (every.interval ?? .zero) - grace))
        case .up, .degraded, .maintenance: break
        }
    }

    private func wait(since time: Timestamp) { start.time.withLock { $0 = min($0, time) } }

    func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        do throws(HealthError) {
            let report = try await store.heartbeat(name)
            return judge(report, at: .now(), latency: .now - start)
        } catch {
            return ProbeResult(status: .unknown, reason: "\(error.message)", latency: .now - start)
        }
    }

    func judge(_ report: Heartbeat?, at now: Timestamp, latency: Duration) -> ProbeResult {
        guard let report else {
            guard let interval = every.interval else {
                return ProbeResult(status: .up, reason: "no report is due", latency: latency)
            }
            let isLate = now - since > interval + grace
            let reason = "no report has come yet"
            return ProbeResult(status: isLate ? .down : .unknown, reason: reason, latency: latency)
        }
        let value = report.run.map { Double($0.inMicroseconds) / 1_000_000 }
        let age = now - report.at
        if let interval = every.interval, age > interval + grace {
            let text = Duration.seconds(age.components.seconds).words
            let reason = "the last report is \(text) old, one is due every \(interval.words)"
            return ProbeResult(status: .down, reason: reason, latency: latency, value: value)
        }
        guard report.isGood else {
            // What it said is for operators: reasons are public.
            let parts = report.message.map { [ProbeResult.Part(name: "report", status: .up, reason: $0)] } ?? []
            return ProbeResult(
                status: .down,
                reason: "it reported a failure",
                latency: latency,
                parts: parts,
                value: value
            )
        }
        return ProbeResult(status: .up, latency: latency, value: value)
    }
}
