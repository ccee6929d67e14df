// SPDX-License-Identifier: Apache-2.0
// Martlet: a drill's report as the result of a check, which is kept.
internal import Glibc

extension DrillReport {
    /// The result for the store, the catalogue and metrics.
    ///
    /// What only says that the drill could not be made here and now (the store away, the server not startable, a deadline) is
    /// `.failed`, and so is log that is missing behind the backup's end: the backup can be restored, up to there. What speaks against the backup is `.damaged`. Too slow is `.passed`, and not within its objectives.
    public func check(_ objectives: DrillObjectives) -> CheckResult {
        let ours = ["store", "database", "deadline", "program"]
        let grave = findings.filter { $0.source != .objective }
        let isInconclusive = grave.allSatisfy { finding in
            finding.source == .recovery && ours.contains(finding.name) || hasOwnLog && finding.isMissingLog
        }
        var result = CheckResult(
            .drill,
            of: backup,
            system: system,
            began: began,
            ended: ended,
            outcome: grave.isEmpty ? .passed : isInconclusive ? .failed : .damaged,
            findings: findings.map(\.description)
        )
        result.bytes = restoredBytes
        result.recoveryPoint = exposure?.time ?? recoveryPoint
        result.recoveryTime = recoveryTime
        result.pointObjective = objectives.recoveryPoint
        result.timeObjective = objectives.recoveryTime
        var name = [CChar](repeating: 0, count: 256)
        if gethostname(&name, name.count - 1) == 0 {
            result.host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return result
    }
}
