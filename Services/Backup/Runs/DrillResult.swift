// SPDX-License-Identifier: Apache-2.0
// Martlet: the result of a drill, for people and for programs.

internal import Platform
internal import Postgres
internal import Recovery
internal import Web

/// Writes a drill's report. Pure: a report in, text out.
struct DrillResult {
    let report: DrillReport
    let objectives: DrillObjectives

    /// The loss that counts: what the primary had and the store lacked, where it could be asked.
    private var recoveryPoint: Duration? { report.exposure?.time ?? report.recoveryPoint }

    /// Phases, both measures, and all that is wrong or was left out.
    var table: String {
        var phases = ResultTable(["PHASE", "TIME", "LOOKED AT"])
        for phase in DrillPhase.allCases {
            guard let time = report.phases[phase] else { continue }
            phases.add([
                phase.rawValue, Self.seconds(time), report.looks[phase].map { "\($0) \(Self.unit(phase))" } ?? "",
            ])
        }
        var text = phases.description
        text += measure("RTO", report.recoveryTime, objectives.recoveryTime)
        text += measure("RPO", recoveryPoint, objectives.recoveryPoint)
        if let position = report.position {
            let commit = report.lastCommit.map { ", the last commit at \($0)" } ?? ""
            text += "\(report.segments) segments of the log were replayed, up to \(position)\(commit)\n"
        }
        for finding in report.findings { text += "WRONG: \(finding)\n" }
        for note in report.notes { text += "Note: \(note)\n" }
        if let folder = report.folder {
            text += """
                The restored cluster is in \(folder), stopped. As its owner:
                  pg_ctl -D \(folder)/data -o "-c config_file=\(folder)/postgresql.conf" -w start
                  psql -h \(folder)/s -U postgres
                  pg_ctl -D \(folder)/data -m fast stop
                No drill removes it: remove it yourself.

                """
        }
        return text + report.summary + "\n"
    }

    /// The same for programs.
    var json: String {
        ResultJSON { json in
            json.field("backup", "\(report.backup)")
            json.field("system", "\(report.system)")
            json.field("passed", report.isGood)
            json.field("began", report.began)
            json.field("ended", report.ended)
            json.field("rto", report.recoveryTime)
            json.field("rto_objective", objectives.recoveryTime)
            json.field("rpo", recoveryPoint)
            json.field("rpo_objective", objectives.recoveryPoint)
            json.field("exposed_bytes", report.exposure.map { Int($0.bytes) })
            json.field("position", report.position.map { "\($0)" })
            json.field("last_commit", report.lastCommit)
            json.field("segments", report.segments)
            json.field("restored_bytes", Int(report.restoredBytes))
            json.field("folder", report.folder)
            json.key("phases")
            json.array { json in
                for phase in DrillPhase.allCases {
                    guard let time = report.phases[phase] else { continue }
                    json.object { json in
                        json.field("phase", phase.rawValue)
                        json.field("duration", time)
                        json.field("looked_at", report.looks[phase])
                    }
                }
            }
            json.key("findings")
            json.array { json in
                for finding in report.findings {
                    json.object { json in
                        json.field("source", finding.source.rawValue)
                        json.field("name", finding.name)
                        json.field("message", finding.message)
                        json.field("count", finding.count.map { Int($0) })
                        json.field("examples", finding.examples)
                    }
                }
            }
            json.field("notes", report.notes)
        }.text
    }

    private func measure(_ name: String, _ measured: Duration?, _ allowed: Duration) -> String {
        "\(name): \(measured.map(Self.seconds) ?? "not measured"), allowed \(ProgressLine.time(allowed))\n"
    }

    private static func unit(_ phase: DrillPhase) -> String {
        switch phase {
        case .amcheck: "relations"
        case .invariants: "rules"
        case .restore, .witness: "tables"
        case .prepare, .replay, .checksums: ""
        }
    }

    private static func seconds(_ duration: Duration) -> String {
        guard duration < .seconds(60) else { return ProgressLine.time(duration) }
        let tenths = Int((duration / .milliseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
