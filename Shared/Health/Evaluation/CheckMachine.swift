// SPDX-License-Identifier: Apache-2.0
// Martlet: turns the findings of one check from one place into a state that is believed.

public import Platform

/// What one location believes of a check: thresholds to open and to close, and flapping.
///
/// A value without a clock: every finding comes with its time.
public struct CheckMachine: Sendable {
    /// The state believed; unknown until there is reason to believe anything.
    public private(set) var state: CheckState = .unknown
    /// When the state was entered, that is when the first finding of the run that led to it was made.
    public private(set) var since: Timestamp?
    /// Why it is not up, from the newest bad finding.
    public private(set) var reason: String?
    /// The first bad finding of the present run of bad ones; nil while findings are good.
    public private(set) var failingSince: Timestamp?
    /// When the last good finding was made.
    public private(set) var lastGood: Timestamp?
    /// When the last finding was made.
    public private(set) var lastFinding: Timestamp?

    private var flaps = FlapDetector()
    private var run: [ProbeResult.Status] = []
    private var runStart: Timestamp?

    /// A check that nobody has looked at.
    public init() {}

    /// Whether it comes and goes; its state is held at the worst that was believed until it calms down.
    public var isFlapping: Bool { flaps.isFlapping }

    /// Whether the last findings contradict the state believed, so that another look should not wait for its turn.
    public var isSuspect: Bool { run.last.map { Self.class(of: $0) != Self.class(of: state) } ?? false }

    /// Goes on where another process of the location stopped; without news of it, as a check that nobody has looked at.
    init(resuming observation: Observation?) {
        guard let observation else { return }
        state = observation.state
        since = observation.since
        reason = observation.reason
        failingSince = observation.failingSince
        lastFinding = observation.at
    }

    /// Takes a finding in; true when the state, its reason's presence or the flapping changed.
    @discardableResult
    public mutating func take(_ result: ProbeResult, at time: Timestamp, _ thresholds: CheckThresholds) -> Bool {
        let before = (state, isFlapping)
        lastFinding = time
        let finding = Self.class(of: result.status)
        if run.last.map({ Self.class(of: $0) != finding }) ?? true {
            run.removeAll(keepingCapacity: true)
            runStart = time
        }
        run.append(result.status)
        if run.count > 20 { run.removeFirst(run.count - 20) }
        switch finding {
        case .bad:
            if failingSince == nil { failingSince = time }
            reason = result.reason ?? reason ?? "the probe failed without a reason"
        case .good:
            failingSince = nil
            lastGood = time
        case .none: if state == .unknown { reason = result.reason }
        }
        if finding != .none { flaps.take(isBad: finding == .bad, thresholds) }
        settle(finding, result, time, thresholds)
        return before != (state, isFlapping)
    }

    private mutating func settle(
        _ finding: Class,
        _ result: ProbeResult,
        _ time: Timestamp,
        _ thresholds: CheckThresholds
    ) {
        let needed = finding == .good && state.isBad ? thresholds.successes : thresholds.failures
        // A check that nobody has looked at yet is believed to be well at the first good finding.
        let isFirst = state == .unknown && finding == .good
        let isReached = run.count >= needed || isFirst
        if flaps.isFlapping {
            // Held bad, whichever finding comes: one long trouble rather than many short ones.
            let worst: CheckState = state == .down || (isReached && isDown(needed)) ? .down : .degraded
            return enter(worst, at: time)
        }
        guard isReached else { return }
        switch finding {
        case .good:
            reason = nil
            enter(.up, at: runStart ?? time)
        case .bad:
            // From down to degraded it takes as many findings as from up to down.
            let isStillDown = state == .down && run.suffix(needed).contains(.down)
            enter(isDown(needed) || isStillDown ? .down : .degraded, at: runStart ?? time)
        case .none:
            reason = result.reason
            enter(.unknown, at: runStart ?? time)
        }
    }

    /// Whether as many of the last findings as it takes say down.
    private func isDown(_ needed: Int) -> Bool { run.suffix(needed).allSatisfy { $0 == .down } }

    private mutating func enter(_ next: CheckState, at time: Timestamp) {
        guard next != state || since == nil else { return }
        state = next
        since = time
    }

    private enum Class { case good, bad, none }

    private static func `class`(of status: ProbeResult.Status) -> Class {
        switch status {
        case .up: .good
        case .degraded, .down: .bad
        case .unknown: .none
        }
    }

    private static func `class`(of state: CheckState) -> Class {
        switch state {
        case .up, .maintenance: .good
        case .degraded, .down: .bad
        case .unknown: .none
        }
    }
}
