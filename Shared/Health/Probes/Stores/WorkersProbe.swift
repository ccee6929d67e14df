// SPDX-License-Identifier: Apache-2.0
// Martlet: looks into the ledger's register of workers.

internal import Platform

/// Whether enough workers report to the ledger; a part for each that is registered.
///
/// Facts: `count` (of workers that report), `latency`. A worker that ends takes itself off the register; one that dies stays there, silent. Either way it is
/// shown for ten minutes (or three intervals, where these are longer) as one that vanished.
struct WorkersProbe: RememberingProbe {
    /// Workers report every 15 s; silence for three reports is death.
    static let silence: Duration = .seconds(45)

    let store: HealthStore
    /// Fewer than this is down.
    let minimum: Int
    let expectations: Expectations
    private let memory: InstanceMemory

    init(store: HealthStore, minimum: Int, interval: Duration, expectations: Expectations) {
        self.store = store
        self.minimum = minimum
        self.expectations = expectations
        memory = InstanceMemory(interval: interval)
    }

    func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        do throws(HealthError) {
            let workers = try await store.workers()
            let alive = workers.count { $0.silence < Self.silence }
            var facts = ProbeFacts(latency: .now - start)
            facts.count = alive
            facts.value = Double(alive)
            var result = expectations.judge(facts)
            result.parts = parts(workers, at: .now())
            if alive < minimum {
                result.status = .down
                result.reason = "\(alive) workers report to the ledger, at least \(minimum) should"
            }
            return result
        } catch {
            return ProbeResult(status: .unknown, reason: "\(error.message)", latency: .now - start)
        }
    }

    private func parts(_ workers: [(name: String, silence: Duration, seenAt: Timestamp)], at now: Timestamp)
        -> [ProbeResult.Part]
    {
        let parts = workers.map { worker in
            guard worker.silence >= Self.silence else { return ProbeResult.Part(name: worker.name, status: .up) }
            let reason = "silent for \(Duration.seconds(worker.silence.components.seconds).words)"
            let isNews = worker.silence < memory.span
            return ProbeResult.Part(
                name: worker.name,
                status: .down,
                reason: reason,
                // As the ledger says it: all aggregators date the same event alike.
                vanishedAt: isNews ? worker.seenAt : nil
            )
        }
        let present = Set(parts.lazy.filter { $0.status == .up }.map(\.name))
        return parts + memory.vanished(present: present, shown: Set(parts.map(\.name)), at: now)
    }

    func resume(from earlier: any Probe) {
        if let earlier = earlier as? WorkersProbe { memory.resume(from: earlier.memory) }
    }

    func resume(from observation: Observation) {
        // One that was silent for long was not there any more: it is no news when it is taken off the register.
        var present = observation
        present.parts.removeAll { $0.status == .down && $0.vanishedAt == nil }
        memory.resume(from: present)
    }
}
