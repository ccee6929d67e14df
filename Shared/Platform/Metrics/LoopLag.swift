// SPDX-License-Identifier: Apache-2.0
// Martlet: how late a process's threads are: what a handler that blocks, or a starved processor, looks like from inside.
public import ServiceLifecycle

/// Measures once a second how long each executor takes to get to a new piece of work: `martlet_loop_lag_seconds`.
public struct LoopLag: Service {
    /// An executor to measure.
    public struct Probe: Sendable {
        let name: String
        let hop: @Sendable () async -> ContinuousClock.Instant?

        /// Describes an executor; `hop` reads the clock on it, and returns nil when it is gone.
        public init(_ name: String, hop: @escaping @Sendable () async -> ContinuousClock.Instant?) {
            self.name = name
            self.hop = hop
        }
    }

    private let probes: [(hop: @Sendable () async -> ContinuousClock.Instant?, lag: MetricHistogram)]
    private let timers: MetricHistogram
    private static let interval: Duration = .seconds(1)

    /// Describes a measurement; the pool that runs tasks is always measured too, by how late its timers are (`tasks`).
    public init(_ registry: MetricsRegistry, probes: [Probe]) {
        func lag(_ loop: String) -> MetricHistogram {
            registry.histogram(
                "martlet_loop_lag_seconds",
                help: "How long a thread takes to get to a new piece of work.",
                labels: [("loop", loop)]
            )
        }
        self.probes = probes.map { ($0.hop, lag($0.name)) }
        timers = lag("tasks")
    }

    /// Measures until graceful shutdown; an executor that is stuck holds up no other's measurement.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await Self.repeatedly { due in timers.observe(.now - due) } }
                for probe in probes {
                    group.addTask {
                        await Self.repeatedly { _ in
                            let start = ContinuousClock.now
                            if let ran = await probe.hop() { probe.lag.observe(ran - start) }
                        }
                    }
                }
            }
        }
    }

    private static func repeatedly(_ body: (ContinuousClock.Instant) async -> Void) async {
        while !Task.isCancelled {
            let due = ContinuousClock.now + interval
            guard (try? await Task.sleep(until: due, clock: .continuous)) != nil else { return }
            await body(due)
        }
    }
}
