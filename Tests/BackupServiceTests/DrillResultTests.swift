// SPDX-License-Identifier: Apache-2.0
// Martlet: what people and programs read of a drill.

import Platform
import Postgres
import Recovery
import Testing

@testable import BackupService

@Suite("Results of drills")
struct DrillResultTests {
    private var report: DrillReport {
        let began = Timestamp(seconds: 1_796_000_000)
        var report = DrillReport(
            backup: BackupID(began: began, method: .physical, random: 1),
            system: SystemID(7),
            began: began
        )
        report.phases = [.restore: .milliseconds(4_250), .witness: .milliseconds(40)]
        report.looks = [.witness: 12]
        report.recoveryTime = .milliseconds(6_180)
        report.recoveryPoint = .seconds(700)
        report.exposure = Exposure(bytes: 128, time: .milliseconds(350), isExact: true)
        report.segments = 3
        return report
    }

    private func result(_ change: (inout DrillReport) -> Void = { _ in }) -> DrillResult {
        var report = report
        change(&report)
        return DrillResult(report: report, objectives: DrillObjectives())
    }

    @Test func aGoodOneShowsItsMeasures() {
        let table = result().table
        #expect(table.contains("restore  4.3 s\n"))
        #expect(table.contains("witness  0.0 s  12 tables\n"))
        #expect(table.contains("RTO: 6.2 s, allowed 4 h 00 min\n"))
        // What the primary had beyond the recovery counts, not how long ago somebody worked.
        #expect(table.contains("RPO: 0.4 s, allowed 15 min 00 s\n"))
        #expect(table.contains("passed"))
        #expect(!table.contains("WRONG"))
    }

    @Test func aBadOneShowsEachFinding() {
        let bad = result { report in
            report.recoveryTime = nil
            report.exposure = nil
            report.recoveryPoint = nil
            report.findings = [
                DrillFinding(.log, "missing-segments", "the store lacks X", count: 2, examples: ["X", "Y"]),
                DrillFinding(.amcheck, "job_pkey", "it is damaged"),
            ]
            report.notes = ["the cluster has no page checksums"]
            report.folder = "/var/tmp/martlet-drill-a"
        }
        #expect(bad.table.contains("RTO: not measured, allowed"))
        #expect(bad.table.contains("WRONG: log missing-segments: the store lacks X (2): X, Y\n"))
        #expect(bad.table.contains("WRONG: amcheck job_pkey"))
        #expect(bad.table.contains("Note: the cluster has no page checksums\n"))
        #expect(bad.table.contains("psql -h /var/tmp/martlet-drill-a/s -U postgres"))
        #expect(bad.table.contains("FAILED"))
        #expect(bad.json.contains(#""passed":false"#))
        #expect(bad.json.contains(#""examples":["X","Y"]"#))
    }

    @Test func programsReadTheSame() {
        let json = result().json
        for part in [
            #""passed":true"#, #""rto":"PT6.18S""#, #""rpo":"PT0.35S""#, #""rpo_objective":"PT15M""#,
            #""exposed_bytes":128"#, #"{"phase":"witness","duration":"PT0.04S","looked_at":12}"#,
        ] { #expect(json.contains(part), "\(part) in \(json)") }
    }
}
