// SPDX-License-Identifier: Apache-2.0
// Martlet: looks into the ledger's register of workers.

internal import Platform

/// Whether enough workers report to the ledger; a part for each that is registered.
///
/// Facts: `count` (of workers that report), `latency`. A worker that ends takes itself off the register; one that dies stays there, silent.
struct WorkersProbe: Probe {
    /// Workers report every 15 s; silence for three reports is death.
    static let silence: Duration = .seconds(45)

    let store: HealthStore
    /// Fewer than this is down.
    let minimum: Int
    let expectations: Expectations

    func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        do throws(HealthError) {
            let workers = try await store.workers()
            let alive = workers.count { $0.silence < Self.silence }
            var facts = ProbeFacts(latency: .now - start)
            facts.count = alive
            facts.value = Double(alive)
            var result = expectations.judge(facts)
            result.parts = workers.map { worker in
                let isAlive = worker.silence < Self.silence
                let reason =
                    isAlive ? nil : "silent for \(ISODuration.format(.seconds(worker.silence.components.seconds)))"
                return ProbeResult.Part(name: worker.name, status: isAlive ? .up : .down, reason: reason)
            }
            if alive < minimum {
                result.status = .down
                result.reason = "\(alive) workers report to the ledger, at least \(minimum) should"
            }
            return result
        } catch {
            return ProbeResult(status: .unknown, reason: "\(error.message)", latency: .now - start)
        }
    }
}
