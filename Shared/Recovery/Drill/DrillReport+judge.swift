// SPDX-License-Identifier: Apache-2.0
// Martlet: holding a drill's figures against the objectives.

extension DrillReport {
    /// Adds a finding for each objective that was missed.
    ///
    /// Where the primary was asked, what it had acknowledged decides on the loss; where not, the time since the last commit, which
    /// grows while nobody works: there a Beacon is needed.
    mutating func judge(_ objectives: DrillObjectives) {
        if let time = recoveryTime, time > objectives.recoveryTime {
            findings.append(
                DrillFinding(
                    .objective,
                    "recovery-time",
                    "the recovery took \(Self.seconds(time)) s, longer than \(Self.seconds(objectives.recoveryTime)) s"
                )
            )
        }
        if let loss = exposure?.time ?? recoveryPoint, loss > objectives.recoveryPoint {
            findings.append(
                DrillFinding(
                    .objective,
                    "recovery-point",
                    "work of \(Self.seconds(loss)) s would be lost, more than \(Self.seconds(objectives.recoveryPoint)) s"
                )
            )
        }
    }
}
