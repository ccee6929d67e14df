// SPDX-License-Identifier: Apache-2.0
// Martlet: runs one check at most once at a time, caches its result, and never lets a stuck run hold anybody.
internal import Synchronization

/// The shell around one check.
///
/// A run is a task that the probe owns, with a second one that answers for it when the deadline passes. An operation
/// that ignores its
/// cancellation therefore costs one task, not one for each question, and those who ask get a failure in time.
final class HealthProbe: Sendable {
    private struct State {
        var last: (check: HealthReport.Check, at: ContinuousClock.Instant)?
        var run: UInt64 = 0
        var isRunning = false
        var hasTimedOut = false
        var tasks: [Task<Void, Never>] = []
        var waiters: [CheckedContinuation<HealthReport.Check, Never>] = []
    }

    let check: HealthCheck
    private let state = Mutex(State())

    init(_ check: HealthCheck) { self.check = check }

    deinit {
        for task in state.withLock({ $0.tasks }) { task.cancel() }
    }

    /// A cached result, or that of the run in progress or of a new one; returns within the deadline.
    func result() async -> HealthReport.Check {
        await withCheckedContinuation { continuation in
            let answer: HealthReport.Check? = state.withLock { state in
                if let last = state.last, last.at + check.cacheTime > .now || (state.isRunning && state.hasTimedOut) {
                    return last.check
                }
                state.waiters.append(continuation)
                if !state.isRunning { start(&state) }
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func start(_ state: inout State) {
        state.run += 1
        state.isRunning = true
        state.hasTimedOut = false
        let run = state.run
        let started = ContinuousClock.now
        let check = check
        let operation = Task { [weak self] in
            let outcome: Result<HealthFinding, any Error>
            do { outcome = .success(try await check.operation()) } catch { outcome = .failure(error) }
            self?.finish(run, outcome, started)
        }
        let watch = Task { [weak self] in
            do { try await Task.sleep(for: check.deadline) } catch { return }
            self?.timeOut(run, started)
        }
        state.tasks = [operation, watch]
    }

    private func finish(_ run: UInt64, _ outcome: Result<HealthFinding, any Error>, _ started: ContinuousClock.Instant)
    {
        let finding: HealthFinding
        switch outcome {
        case .success(let found): finding = found
        case .failure(let error):
            finding = HealthFinding(.down, details: [("error", .string(String("\(error)".prefix(200))))])
        }
        let waiters = state.withLock { state in
            guard state.run == run else { return [CheckedContinuation<HealthReport.Check, Never>]() }
            state.isRunning = false
            for task in state.tasks { task.cancel() }
            state.tasks = []
            // After a time-out the late result is worth nothing; the next question starts a new run.
            return state.hasTimedOut ? [] : settle(&state, finding, started)
        }
        resume(waiters)
    }

    private func timeOut(_ run: UInt64, _ started: ContinuousClock.Instant) {
        let waiters = state.withLock { state in
            guard state.run == run, state.isRunning else { return [CheckedContinuation<HealthReport.Check, Never>]() }
            state.hasTimedOut = true
            for task in state.tasks { task.cancel() }
            let text = "no answer within \(ISODuration.format(check.deadline))"
            return settle(&state, HealthFinding(.down, details: [("error", .string(text))]), started)
        }
        resume(waiters)
    }

    private func settle(
        _ state: inout State,
        _ finding: HealthFinding,
        _ started: ContinuousClock.Instant
    ) -> [CheckedContinuation<HealthReport.Check, Never>] {
        let worst: HealthStatus = check.criticality == .critical ? .down : .degraded
        let result = HealthReport.Check(
            name: check.name,
            status: min(finding.status, worst),
            latency: .now - started,
            details: finding.details
        )
        state.last = (result, .now)
        defer { state.waiters = [] }
        return state.waiters
    }

    private func resume(_ waiters: [CheckedContinuation<HealthReport.Check, Never>]) {
        let result = state.withLock { $0.last?.check }
        guard let result else { return }
        for waiter in waiters { waiter.resume(returning: result) }
    }
}
