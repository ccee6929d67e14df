// SPDX-License-Identifier: Apache-2.0
// Martlet: makes every probe at its time.

internal import HeapModule
internal import Logging
internal import Platform
public import ServiceLifecycle
internal import Synchronization

/// Runs the probes of this process: each at its interval, one run of a check at a time, and sooner where there is doubt.
///
/// A finding that contradicts what is believed is looked at again after a tenth of the interval, and what the check rests on at once: a cause is then known
/// when its effects are judged.
public final class ProbeScheduler: Service {
    /// Runs at the same time at most; others wait their turn.
    static let mostRuns = 256

    private struct Entry {
        var definition: CheckDefinition
        var machine = CheckMachine()
        /// When the next run is due; raised with every plan, so that older plans in the heap are recognised.
        var due: ContinuousClock.Instant
        var isMine = true
        var isRunning = false
        /// Asked for while it ran.
        var isHurried = false
    }

    private struct Plan: Comparable {
        var due: ContinuousClock.Instant
        var check: String

        static func < (left: Plan, right: Plan) -> Bool { left.due < right.due }
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var plans = Heap<Plan>()
        var running = 0
    }

    private let location: String
    private let board: ObservationBoard
    private let samples: SampleBuffer
    private let isInMaintenance: @Sendable (String, Timestamp) -> Bool
    private let onFinding: @Sendable (String, MinuteSample.Finding) -> Void
    private let metrics: ProbeMetrics
    private let state = Mutex(State())
    private let wake = Signal()

    /// Creates a scheduler without checks.
    ///
    /// - Parameters:
    ///   - location: Where this process looks from.
    ///   - isInMaintenance: Whether a check is in maintenance at a time; its findings are marked then.
    init(
        location: String,
        board: ObservationBoard,
        samples: SampleBuffer,
        metrics: ProbeMetrics,
        isInMaintenance: @escaping @Sendable (String, Timestamp) -> Bool,
        onFinding: @escaping @Sendable (String, MinuteSample.Finding) -> Void = { _, _ in }
    ) {
        self.location = location
        self.board = board
        self.samples = samples
        self.metrics = metrics
        self.isInMaintenance = isInMaintenance
        self.onFinding = onFinding
    }

    /// Takes on checks in place of those before; what is believed of a check goes on where its identifier stays.
    func load(_ checks: [CheckDefinition]) {
        let now = ContinuousClock.now
        state.withLock { state in
            var entries: [String: Entry] = [:]
            for (place, definition) in checks.enumerated() {
                if var entry = state.entries[definition.id] {
                    if entry.definition.interval != definition.interval {
                        entry.due = min(entry.due, now + definition.interval)
                    }
                    (definition.probe as? any RememberingProbe)?.resume(from: entry.definition.probe)
                    entry.definition = definition
                    entries[definition.id] = entry
                } else {
                    // Spread over the interval, so that a thousand checks do not fall due together for ever; a few are all looked at soon.
                    let spread = min(definition.interval, .milliseconds(50) * checks.count)
                    let first = now + spread * (Double(place) / Double(max(1, checks.count)))
                    entries[definition.id] = Entry(definition: definition, due: first)
                }
            }
            state.entries = entries
            state.plans = Heap(entries.map { Plan(due: $0.value.due, check: $0.key) })
        }
        wake.signal()
    }

    /// Says which checks this process looks at; others of the location do the rest.
    func assign(_ mine: Set<String>) {
        let now = ContinuousClock.now
        state.withLock { state in
            for (check, entry) in state.entries where entry.isMine != mine.contains(check) {
                state.entries[check]?.isMine.toggle()
                guard !entry.isMine else { continue }
                // What this process believed before is older than what the one that looked since then believed.
                let known = board.observations(of: check).first { $0.location == location }
                state.entries[check]?.machine = CheckMachine(resuming: known)
                if let known { (entry.definition.probe as? any RememberingProbe)?.resume(from: known) }
                // Whoever looked before may have begun a moment ago, or be dead: soon, but not all at once.
                Self.plan(check, at: now + entry.definition.confirmation, &state)
            }
        }
        wake.signal()
    }

    /// Takes over what an earlier process of this location believed, as far as nothing was found yet.
    func resume(_ observations: [Observation]) {
        state.withLock { state in
            for observation in observations where observation.location == location {
                guard let entry = state.entries[observation.check], entry.machine.state == .unknown else { continue }
                state.entries[observation.check]?.machine = CheckMachine(resuming: observation)
                (entry.definition.probe as? any RememberingProbe)?.resume(from: observation)
            }
        }
    }

    /// The checks that this process looks at.
    var mine: Int { state.withLock { $0.entries.values.count(where: \.isMine) } }
    /// Runs going on.
    var running: Int { state.withLock { $0.running } }
    /// How late the most overdue run is.
    var lag: Duration {
        let now = ContinuousClock.now
        return state.withLock { state in
            let due = state.entries.values.lazy.filter { $0.isMine && !$0.isRunning }.map(\.due).min()
            return due.map { max(.zero, now - $0) } ?? .zero
        }
    }

    /// Has checks looked at now, as far as they are this process's.
    func hurry(_ checks: [String]) {
        let now = ContinuousClock.now
        state.withLock { state in
            for check in checks {
                guard let entry = state.entries[check], entry.isMine else { continue }
                if entry.isRunning {
                    state.entries[check]?.isHurried = true
                } else {
                    Self.plan(check, at: now, &state)
                }
            }
        }
        wake.signal()
    }

    /// Probes until graceful shutdown.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let (due, pause) = self.takeDue(.now)
                    for definition in due { group.addTask { await self.probe(definition) } }
                    if pause > .zero { await self.wake.wait(timeout: pause) }
                }
                group.cancelAll()
            }
        }
    }

    /// What is to be run now, and how long to wait for what comes next.
    private func takeDue(_ now: ContinuousClock.Instant) -> ([CheckDefinition], Duration) {
        state.withLock { state in
            var due: [CheckDefinition] = []
            while let plan = state.plans.min {
                guard plan.due <= now else { return (due, min(plan.due - now, .seconds(1))) }
                // A run that ends makes room, and signals.
                guard state.running < Self.mostRuns else { return (due, .seconds(1)) }
                state.plans.removeMin()
                guard let entry = state.entries[plan.check], entry.isMine, !entry.isRunning, entry.due == plan.due
                else {
                    continue
                }
                state.entries[plan.check]?.isRunning = true
                state.running += 1
                due.append(entry.definition)
            }
            return (due, .seconds(1))
        }
    }

    private func probe(_ definition: CheckDefinition) async {
        let start = ContinuousClock.now
        let result = await definition.probe.run(timeout: definition.timeout)
        guard !Task.isCancelled else { return }
        let end = ContinuousClock.now
        let now = Timestamp.now()
        metrics.count(definition, result, end - start)
        let finding = MinuteSample.Finding(
            at: now,
            status: result.status,
            latency: result.latency,
            isInMaintenance: isInMaintenance(definition.id, now)
        )
        samples.add(finding, check: definition.id, location: location)
        onFinding(definition.id, finding)
        let observation = settle(definition, result, start, end, now)
        guard let observation else { return }
        board.post(observation)
        if observation.failingSince == now { hurry(definition.dependsOn) }
        wake.signal()
    }

    /// Takes the finding in and plans the next run.
    private func settle(
        _ definition: CheckDefinition,
        _ result: ProbeResult,
        _ start: ContinuousClock.Instant,
        _ end: ContinuousClock.Instant,
        _ now: Timestamp
    ) -> Observation? {
        state.withLock { state in
            state.running -= 1
            guard var entry = state.entries[definition.id] else { return nil }
            entry.isRunning = false
            entry.machine.take(result, at: now, entry.definition.thresholds)
            let isHurried = entry.isHurried
            entry.isHurried = false
            state.entries[definition.id] = entry
            var next = start + entry.definition.interval
            if entry.machine.isSuspect { next = min(next, end + entry.definition.confirmation) }
            if isHurried { next = end }
            if next < end { next = end }
            Self.plan(definition.id, at: next, &state)
            var observation = Observation(
                check: definition.id,
                location: location,
                machine: entry.machine,
                result: result,
                at: now
            )
            observation.latency = max(result.latency, end - start)
            return observation
        }
    }

    private static func plan(_ check: String, at due: ContinuousClock.Instant, _ state: inout State) {
        state.entries[check]?.due = due
        state.plans.insert(Plan(due: due, check: check))
    }
}
