// SPDX-License-Identifier: Apache-2.0
// Martlet: how the last run of each kind went, for metrics and health.

internal import Platform
internal import Recovery
internal import Synchronization

/// The runs of this process.
final class RunLog: Sendable {
    /// The end of a run.
    struct End: Sendable {
        let began: Timestamp
        let ended: Timestamp
        /// What it failed with; nil for success.
        let error: RecoveryError?
    }

    /// What is remembered of one kind.
    struct Record: Sendable {
        /// When the one that is under way began.
        var running: Timestamp?
        /// Whether it has to be done for the first time still.
        var isAwaited = false
        var last: End?
        var lastSuccess: Timestamp?
        var successes = 0
        var failures = 0
    }

    private let records = Mutex<[ScheduleSettings.Work: Record]>([:])

    /// Remembers a beginning.
    func began(_ work: ScheduleSettings.Work, at time: Timestamp) {
        records.withLock { $0[work, default: Record()].running = time }
    }

    /// Remembers an end.
    func ended(_ work: ScheduleSettings.Work, began: Timestamp, error: RecoveryError?) {
        let end = End(began: began, ended: .now(), error: error)
        records.withLock { records in
            var record = records[work] ?? Record()
            record.running = nil
            record.last = end
            if error == nil {
                record.lastSuccess = end.ended
                record.successes += 1
            } else {
                record.failures += 1
            }
            records[work] = record
        }
    }

    /// Remembers that another run was under way.
    func gaveWay(_ work: ScheduleSettings.Work) { records.withLock { $0[work, default: Record()].running = nil } }

    /// Remembers which of some works have to be done for the first time still.
    func awaits(_ open: Set<ScheduleSettings.Work>, of works: Set<ScheduleSettings.Work>) {
        records.withLock { records in
            for work in works { records[work, default: Record()].isAwaited = open.contains(work) }
        }
    }

    /// What is known of a kind.
    subscript(work: ScheduleSettings.Work) -> Record { records.withLock { $0[work] ?? Record() } }
}
