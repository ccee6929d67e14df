// SPDX-License-Identifier: Apache-2.0
// Martlet: what the status page says of backups.

public import Jobs
public import Platform

/// How one database system's backups stand against what is due and allowed.
public struct BackupStanding: Sendable, Equatable {
    /// What is said of something, the worst last.
    public enum State: String, Sendable, Comparable, CaseIterable {
        /// There in time, and within its objective.
        case inOrder = "in_order"
        /// More than one and a half intervals old, or never done.
        case late
        /// It failed, found damage, or missed its objective.
        case failed

        /// In the order of the cases.
        public static func < (left: State, right: State) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// Something that is done again and again.
    public struct Event: Sendable, Equatable {
        /// When it was done last; nil for never.
        public var at: Timestamp?
        /// What is said of it.
        public var state: State
    }

    /// A figure that a drill measured.
    public struct Figure: Sendable, Equatable {
        /// What was measured.
        public var measured: Duration
        /// What was allowed; nil when the drill was told nothing.
        public var objective: Duration?
        /// ``State/failed`` when it is more than was allowed.
        public var state: State

        init?(_ measured: Duration?, objective: Duration?) {
            guard let measured else { return nil }
            self.measured = measured
            self.objective = objective
            state = objective.map { measured > $0 } ?? false ? .failed : .inOrder
        }
    }

    /// The system's identifier.
    public let system: String
    /// The newest complete backup.
    public let backup: Event
    /// The newest drill.
    public let drill: Event
    /// What the newest drill found, in one line.
    public let finding: String?
    /// RPO of the newest drill that measured it.
    public let recoveryPoint: Figure?
    /// RTO of the newest drill that measured it.
    public let recoveryTime: Figure?
    /// When that drill ended.
    public let measuredAt: Timestamp?

    /// The worst of all.
    public var state: State {
        [backup.state, drill.state, recoveryPoint?.state, recoveryTime?.state].compactMap(\.self).max() ?? .inOrder
    }

    /// Judges what the ledger has of a system.
    public init(_ summary: BackupSummary, rules: BackupRules, now: Timestamp) {
        system = summary.system
        let newest = summary.lastBackups.values.max()
        let verification = summary.lastVerification
        // A check from before the newest backup says nothing of it.
        let isDamaged = verification.map { check in
            check.outcome == "damaged" && newest.map { check.ended >= $0 } ?? true
        }
        backup = Event(at: newest, state: isDamaged ?? false ? .failed : Self.age(newest, rules.every, now))
        let last = summary.lastDrill
        let hasFailed = last.map { $0.outcome != "passed" } ?? false
        drill = Event(at: last?.ended, state: hasFailed ? .failed : Self.age(last?.ended, rules.drillEvery, now))
        finding = last?.finding
        let measured = summary.lastMeasured
        recoveryPoint = Figure(measured?.recoveryPoint, objective: measured?.pointObjective)
        recoveryTime = Figure(measured?.recoveryTime, objective: measured?.timeObjective)
        measuredAt = measured?.ended
    }

    /// As alerts judge: late after one and a half intervals.
    private static func age(_ time: Timestamp?, _ due: Recurrence, _ now: Timestamp) -> State {
        guard let interval = due.interval else { return .inOrder }
        return time.map { now - $0 <= interval * 1.5 } ?? false ? .inOrder : .late
    }
}
