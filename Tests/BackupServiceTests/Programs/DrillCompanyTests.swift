// SPDX-License-Identifier: Apache-2.0
// Martlet: drills beside backups, prunes and other drills; drills that are told to end, and those that are killed.

import Glibc
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "Drills in company",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct DrillCompanyTests {
    @Test func drillsWaitForNobodyAndPrunesForDrills() async throws {
        try await DrillScene.with { drills in
            let first = try await drills.backUp()
            let log = "\(drills.scene.path)/slow.log"
            let slow = try await drills.launchSlowly(log: log)
            // Two drills never run at once.
            let second = try await drills.drill()
            #expect(second.end == .code(75) && second.text.contains("drill on "), "\(second.text)")
            // A backup is not kept waiting.
            let newer = try await drills.backUp()
            try await drills.server.archived()
            // And a prune leaves what the drill reads.
            let rules = ["MARTLET_BACKUP_KEEP_COUNT": "1"]
            let prune = try await drills.scene.run("prune", with: rules)
            #expect(prune.end == .code(0) && prune.text.contains("in use"), "\(prune.text)")
            #expect(try await drills.scene.backups() == [first, newer])
            try drills.hurry()
            #expect(try await slow.waitForEnd(within: .seconds(120)) == .code(0), "\(BackupScene.text(of: log))")
            #expect(drills.leftover == nil)
            let later = try await drills.scene.run("prune", with: rules)
            #expect(later.end == .code(0), "\(later.text)")
            #expect(try await drills.scene.backups() == [newer])
        }
    }

    @Test func aSignalEndsADrillInOrder() async throws {
        try await DrillScene.with { drills in
            _ = try await drills.backUp()
            try await drills.server.archived()
            for number in [SIGTERM, SIGINT] {
                let log = "\(drills.scene.path)/slow-\(number).log"
                let slow = try await drills.launchSlowly(log: log)
                slow.signal(number)
                let end = try await slow.waitForEnd(within: patience)
                #expect(end == .code(128 + number), "\(BackupScene.text(of: log))")
                #expect(drills.leftover == nil)
            }
            // The lease was given back.
            let next = try await drills.drill()
            #expect(next.end == .code(0), "\(next.text)")
        }
    }

    @Test func theNextDrillClearsWhatAKilledOneLeft() async throws {
        try await DrillScene.with { drills in
            _ = try await drills.backUp()
            try await drills.server.archived()
            for whileServerRuns in [false, true] {
                let log = "\(drills.scene.path)/killed-\(whileServerRuns).log"
                let killed = try await drills.launchSlowly(log: log)
                if whileServerRuns {
                    try drills.hurry()
                    try await eventually("the scratch server runs: \(BackupScene.text(of: log))") {
                        !Stragglers.processes(below: drills.place).isEmpty
                    }
                }
                await killed.kill()
                let left = drills.names
                #expect(left.count == 1)
                let refused = try await drills.drill()
                #expect(refused.end == .code(75) && refused.text.contains("if it was killed"), "\(refused.text)")
                // Its lease ends within a minute or so; the test does not wait for that.
                _ = try await drills.scene.succeed(["/bin/sh", "-c", "rm -rf \(drills.scene.path)/store/*/lease-drill"])
                let next = try await drills.drill()
                #expect(next.end == .code(0), "\(next.text)")
                #expect(next.text.contains("folders of drills that were killed were removed"), "\(next.text)")
                #expect(left.allSatisfy { next.text.contains($0) })
                #expect(drills.leftover == nil)
            }
        }
    }

    @Test func serveDrillsOnSchedule() async throws {
        try await DrillScene.with { drills in
            _ = try await drills.backUp()
            try await drills.server.archived()
            let port = try ClusterPort.free()
            let (log, config) = ("\(drills.scene.path)/serve.log", "\(drills.scene.path)/martlet.yaml")
            try drills.scene.write(
                "martlet_backup_rto: 1h\nmartlet_backup_schedule_drill: \"*/2 * * * * *\"\n",
                to: config
            )
            let serve = try await drills.scene.launch(
                ["serve"],
                drills.database.merging([
                    "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1", "MARTLET_CONFIG": config,
                    "MARTLET_BACKUP_DRILL_FOLDER": drills.place, "MARTLET_BACKUP_BEACON": "1s",
                ]) { $1 },
                log: log
            )
            func value(_ start: String) async throws -> Double? {
                let page = try await ClusterRequest.get("/metrics").reply(from: port).body
                let line = page.split(separator: "\n").first { $0.hasPrefix("martlet_backup_" + start) }
                return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
            }
            do {
                try await eventually("a drill succeeded", within: .seconds(120)) {
                    guard let reply = try? await ClusterRequest.get("/v1/runs").reply(from: port) else { return false }
                    return reply.body.contains(#""run":"drill""#) && reply.body.contains(#""result":"succeeded""#)
                }
                #expect(try await value(#"last_run_succeeded{kind="drill""#) == 1)
                #expect(try await value(#"interval_seconds{kind="drill""#) == 2)
                #expect(try await value("rto_objective_seconds{") == 3600)
                // The log is watched from the first look at the catalogue on.
                try await eventually("the log has no gap") { try await value("wal_gaps{") == 0 }
                let runs = try await ClusterRequest.get("/v1/runs").reply(from: port).body
                #expect(runs.contains(#""schedule":"*/2 * * * * *""#) && runs.contains(#""next_at":"2"#), "\(runs)")

                // SIGHUP reads the settings again, and mistakes in them change nothing.
                try drills.scene.write("martlet_backup_rto: soon\n", to: config)
                serve.signal(SIGHUP)
                try await eventually("the mistake is told") {
                    BackupScene.text(of: log).contains("the settings have mistakes")
                }
                try drills.scene.write(
                    "martlet_backup_rto: 2h\nmartlet_backup_schedule_drill: \"*/3 * * * * *\"\n",
                    to: config
                )
                serve.signal(SIGHUP)
                try await eventually("the new objective is shown", within: .seconds(120)) {
                    try await value("rto_objective_seconds{") == 7200
                }
                let page = try await ClusterRequest.get("/metrics").reply(from: port).body
                let shown = Set(page.matches(of: #/# TYPE (martlet_backup_[a-z_]+) /#).map { String($0.1) })
                let listed = RecoveryDocumentTests.text("metrics.md")
                for name in shown { #expect(listed.contains("`\(name)`"), "\(name) is shown and not listed") }
            } catch {
                Issue.record("\(error): \(BackupScene.text(of: log))")
            }
            serve.signal(SIGTERM)
            #expect(try await serve.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
            #expect(drills.leftover == nil)
        }
    }
}
