// SPDX-License-Identifier: Apache-2.0
// Martlet: ./dev backup, backups, drill and restore, as docs/operations.md tells of them.

import Glibc
import TestSupport
import Testing

@Suite(
    "Backups on one machine",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: ClusterPrograms.obstacle == nil, "\(ClusterPrograms.obstacle ?? "")"),
    .enabled(if: RecoveryServer.obstacle == nil, "\(RecoveryServer.obstacle ?? "")")
)
struct DevelopmentBackupTests {
    @Test func aMomentComesBack() async throws {
        // One of ./dev alone, which Martlet's programs must not be given.
        try await DevelopmentScene.with(RecoveryFolder(), ["MARTLET_RECOVERY_SECONDS": "120"]) { dev in
            try await dev.succeed("up", "--detach")
            var jobs = try await submit(20, dev)
            try await dev.succeed("backup", "--label", "whole")
            jobs += try await submit(15, dev)
            let later = try await dev.ask(.job("noop", args: "{}", fields: #""delay":"PT1H""#)).jobIDs
            #expect(later.count == 1)
            for job in jobs { try await eventually("\(job) is done") { try await dev.state(of: job) == "completed" } }

            let moment = try await dev.value("SELECT clock_timestamp()")
            for table in ["job_live", "job_done", "job"] {
                try await dev.succeed("psql", "-qc", "DELETE FROM \(table)")
            }
            let after = try await submit(5, dev)
            #expect(try await dev.state(of: jobs[0]) == nil)

            let command = try Readme("docs/operations.md").commands(with: "./dev restore")
            let restored = try await dev.follow(command.replacing("2026-11-28 14:05:00Z", with: moment))
            #expect(restored.contains("Restored: 36 jobs, 1 of them unfinished."), "\(restored)")
            #expect(try await dev.value("SELECT count(*) FROM job") == "36")
            for job in jobs { #expect(try await dev.state(of: job) == "completed", "\(job)") }
            for job in later { #expect(try await dev.state(of: job) == "scheduled") }
            for job in after { #expect(try await dev.state(of: job) == nil, "\(job) came after the moment") }
            let kept = RecoveryFolder.names(in: "\(dev.state)/data").filter { $0.hasPrefix("postgres.before-") }
            #expect(kept.count == 1 && restored.contains(kept.first ?? "none"), "\(kept) \(restored)")

            // What was restored works, and is backed up and drilled as before.
            let new = try await submit(1, dev)[0]
            try await eventually("a new job is done") { try await dev.state(of: new) == "completed" }
            try await dev.succeed("backup", "--label", "again")
            let drill = try await dev.succeed("drill")
            #expect(drill.contains("RPO") && drill.contains("RTO"), "\(drill)")
            let backups = try await dev.succeed("backups", "--output", "json")
            for label in ["whole", "again"] { #expect(backups.contains(#""label":"\#(label)""#), "\(backups)") }
            // With the one that came by itself.
            #expect(backups.ranges(of: #""plain_bytes":"#).count == 3, "\(backups)")

            // Nothing is restored, and nothing is changed, when there is no such moment.
            let never = try await dev.run("restore", "--at", "2020-01-01 00:00:00Z")
            #expect(never.end == .code(64) && never.text.contains("nothing was restored"), "\(never.text)")
            #expect(try await dev.state(of: new) == "completed")
        }
    }

    @Test func theContentOfAnothersServerIsBackedUp() async throws {
        let folder = try RecoveryFolder()
        let server = try await RecoveryServer.make(in: folder)
        try await server.start()
        try await server.rows("CREATE ROLE owner LOGIN")
        try await server.rows("CREATE DATABASE martlet OWNER owner")
        let theirs = [
            "DATABASE_URL": "postgres://owner@127.0.0.1:\(server.port)/martlet",
            "MARTLET_BACKUP_STORES": "file://\(try folder.make("theirs"))",
        ]
        try await DevelopmentScene.with(folder, theirs) { dev in
            let commands = try Readme("docs/operations.md").commands(with: "MARTLET_BACKUP_STORES=")
                .replacing("postgres://martlet@db.internal/martlet", with: theirs["DATABASE_URL"] ?? "")
                .replacing("file:///var/backups/martlet", with: theirs["MARTLET_BACKUP_STORES"] ?? "")
            let said = try await dev.follow(commands)
            #expect(said.contains("RPO") && said.contains("RTO"), "\(said)")
            #expect(try await dev.run("status").end == .code(0))
            #expect(try await dev.succeed("backups", "--output", "json").contains("-logical-"))

            // Jobs that came since are in the next backup, and in what a drill finds there.
            _ = try await submit(20, dev)
            try await dev.succeed("backup")
            let drill = try await dev.run("drill", "--output", "json")
            #expect(drill.end == .code(0), "\(drill.text)")

            // Another terminal has to say the same; or it would look into another store.
            for name in theirs.keys {
                let other = try await dev.run("backups", without: [name])
                #expect(other.end == .code(1) && other.text.contains("set \(name) as for ./dev up"), "\(other.text)")
            }
            let restore = try await dev.run("restore", "--latest")
            #expect(restore.end == .code(1) && restore.text.contains("martlet-backup restore"), "\(restore.text)")
        }
        await server.kill()
    }

    /// Records jobs.
    private func submit(_ count: Int, _ dev: DevelopmentScene) async throws -> [Int64] {
        let args = (0..<count).map { #"{"number":\#($0)}"# }
        let reply = try await dev.ask(.batch("noop", args: args))
        guard reply.jobIDs.count == count else { throw ClusterFailure("\(reply.status) \(reply.body)") }
        return reply.jobIDs
    }
}
