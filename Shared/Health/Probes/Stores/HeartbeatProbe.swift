// SPDX-License-Identifier: Apache-2.0
// Martlet: whether something that must report has reported.

internal import Platform

/// Whether a cron job, a backup or the like has reported in time, and well.
struct HeartbeatProbe: Probe {
    let store: HealthStore
    /// The name that it reports under.
    let name: String
    /// How often it must report.
    let every: Duration
    /// How late it may be.
    let grace: Duration
    /// The time of the configuration's load: before the first report it counts from here.
    let since: Timestamp

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
            let isLate = now - since > every + grace
            let reason = "no report has come yet"
            return ProbeResult(status: isLate ? .down : .unknown, reason: reason, latency: latency)
        }
        let value = report.run.map { Double($0.inMicroseconds) / 1_000_000 }
        let age = now - report.at
        guard age <= every + grace else {
            let text = ISODuration.format(.seconds(age.components.seconds))
            let reason = "the last report is \(text) old, one is due every \(ISODuration.format(every))"
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
