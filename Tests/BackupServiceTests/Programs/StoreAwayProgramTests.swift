// SPDX-License-Identifier: Apache-2.0
// Martlet: the program with two stores, one of which is away or has damaged copies.

import Glibc
import Platform
import TestSupport
import Testing

@Suite(
    "One of two stores is away or damaged",
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct StoreAwayProgramTests {
    @Test func oneMayBeMissingWhereOneIsEnough() async throws {
        try await BackupScene.with(stores: ["near", "far"]) { scene, server in
            let database = ["DATABASE_URL": server.url]
            expect(0, "", try await scene.run("backup", with: database))
            #expect(rename("\(scene.path)/near", "\(scene.path)/gone") == 0)

            let all = try await scene.run("list")
            expect(69, "1 of 2 stores are there, 2 are needed", all)
            #expect(all.text.contains("file://\(scene.path)/near: there is no such folder"), "\(all.text)")
            let fetch = try await scene.run("wal-fetch", "000000010000000000000001", "\(scene.path)/main/pg_wal/X")
            expect(197, "2 are needed", fetch)

            let one = ["MARTLET_BACKUP_REQUIRED_STORES": "1"]
            expect(0, "a store is away", try await scene.run("list", with: one))
            // The server's own archive_command asks for both, so what needs the log would wait for it.
            let logical = try await scene.run("backup", "--method", "logical", with: database.merging(one) { $1 })
            expect(0, "a store is away", logical)
            expect(0, "its copy is not verified", try await scene.run("verify", "--backup", "all", with: one))
            let folder = "\(scene.path)/restored"
            expect(0, "", try await scene.run("restore", "--to", folder, "--immediate", with: one))
            // What one store has may be neither superfluous nor left closed with an old key.
            for words in [["prune"], ["prune", "--dry-run"], ["keys", "rewrap"]] {
                expect(69, "file://\(scene.path)/near", try await scene.run(words, with: one))
            }

            #expect(rename("\(scene.path)/gone", "\(scene.path)/near") == 0)
            let lacking = try await scene.run("verify", "--backup", "all")
            expect(65, "repair --deep", lacking)
            #expect(lacking.text.contains("file://\(scene.path)/near"), "\(lacking.text)")
            expect(0, "objects copied", try await scene.run("repair"))
            expect(0, "0 damages", try await scene.run("verify", "--backup", "all"))
        }
    }

    @Test func aDamagedCopyIsFoundReadAroundAndReplaced() async throws {
        try await BackupScene.with(stores: ["near", "far"]) { scene, server in
            let database = ["DATABASE_URL": server.url]
            expect(0, "", try await scene.run("backup", with: database))
            let name = try #require(try await scene.backups().first)
            let system = try await server.value("SELECT system_identifier::text FROM pg_control_system()")
            let volume = "\(system)/backups/\(name)/volume-000001"
            try BackupScene.flip("\(scene.path)/near/\(volume)")

            let folder = "\(scene.path)/restored"
            expect(0, "", try await scene.run("restore", "--to", folder, "--immediate"))
            let found = try await scene.run("verify")
            expect(65, "file://\(scene.path)/near", found)
            #expect(found.text.contains(volume) && !found.text.contains("file://\(scene.path)/far"), "\(found.text)")
            let listed = try await scene.run("list", "--output", "json")
            #expect(listed.text.contains(#""state":"complete""#), "the backup itself is sound: \(listed.text)")

            expect(0, "0 objects copied, ", try await scene.run("repair"))
            expect(0, "1 damaged copies replaced", try await scene.run("repair", "--deep"))
            expect(0, "0 damages", try await scene.run("verify"))

            // A head that seems to need a key that nobody has, though the other store's copy opens.
            let head = "\(scene.path)/near/\(system)/backups/\(name)/head"
            let bytes = try RecoveryFolder.bytes(of: head)
            let text = String(decoding: bytes, as: UTF8.self).replacing("\"test\"", with: "\"tesu\"")
            #expect(Array(text.utf8) != bytes)
            try RecoveryFolder.write(Array(text.utf8), to: head)
            let closed = try await scene.run("verify")
            expect(65, "file://\(scene.path)/near", closed)
            expect(0, "1 damaged copies replaced", try await scene.run("repair", "--deep"))

            for place in ["near", "far"] { try BackupScene.flip("\(scene.path)/\(place)/\(volume)") }
            try BackupScene.flip("\(scene.path)/far/\(volume).index")
            let lost = try await scene.run("repair", "--deep")
            expect(0, "1 damaged copies replaced", lost)
            expect(65, "volume-000001", try await scene.run("verify"))
        }
    }

    @Test func aDeadBucketDoesNotHoldUpTheLog() async throws {
        try await BackupScene.with(stores: ["near"]) { scene, server in
            expect(0, "", try await scene.run("backup", with: ["DATABASE_URL": server.url]))
            try await server.archived()
            let segment = String(try await server.value("SELECT last_archived_wal FROM pg_stat_archiver").prefix(24))
            let port = try ClusterPort.free()
            let dead = [
                "MARTLET_BACKUP_STORES":
                    "s3://gone/martlet?endpoint=http://127.0.0.1:\(port),file://\(scene.path)/near",
                "MARTLET_BACKUP_REQUIRED_STORES": "1", "AWS_ACCESS_KEY_ID": "nobody",
                "AWS_SECRET_ACCESS_KEY": "nothing",
            ]
            let path = "\(scene.path)/main/pg_wal/X"
            // Whoever waits for the bucket waits each time; what other tests on this machine hold up is not each time the same.
            var took: [Duration] = []
            while took.count < 5, !took.contains(where: { $0 < .seconds(2) }) {
                let began = ContinuousClock.now
                expect(0, "", try await scene.run("wal-fetch", segment, path, with: dead))
                took.append(ContinuousClock.now - began)
            }
            #expect(took.contains { $0 < .seconds(2) }, "wal-fetch with a dead bucket: \(took)")
            let end = try await scene.run("wal-fetch", "0000000100000000000000FF", path, with: dead)
            expect(197, "s3://gone/martlet may have it", end)
            let given = dead.merging(["MARTLET_RESTORE_END_AT_GAP": "true"]) { $1 }
            expect(
                1,
                "the archive has no",
                try await scene.run("wal-fetch", "0000000100000000000000FF", path, with: given)
            )
        }
    }

    @Test func serveShowsWhichStoreIsAway() async throws {
        try await BackupScene.with(stores: ["near", "far"]) { scene, server in
            let port = try ClusterPort.free()
            let log = "\(scene.path)/serve.log"
            let serve = try await scene.launch(
                ["serve"],
                [
                    "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1", "DATABASE_URL": server.url,
                    "MARTLET_BACKUP_REQUIRED_STORES": "1",
                ],
                log: log
            )
            defer { serve.signal(SIGKILL) }
            func shows(_ place: String, _ value: Int) async -> Bool {
                let page = try? await ClusterRequest.get("/metrics").reply(from: port).body
                return page?.contains("martlet_backup_store_up{store=\"file://\(scene.path)/\(place)\"} \(value)")
                    == true
            }
            /// What health says of the stores.
            func health(_ words: String) async -> Bool {
                let body = try? await ClusterRequest.get("/health/ready").reply(from: port).body
                return body?.contains(#""store":{"status":"\#(words)"#) == true
            }
            try await eventually("both stores are up", within: .seconds(30)) {
                let near = await shows("near", 1)
                return await shows("far", 1) && near
            }
            try await eventually("health sees both") { await health("UP") }
            #expect(rename("\(scene.path)/near", "\(scene.path)/gone") == 0)
            try await eventually("one store is away") { await shows("near", 0) }
            #expect(await shows("far", 1))
            try await eventually("health names it") {
                let body = try? await ClusterRequest.get("/health/ready").reply(from: port).body
                return await health("DEGRADED") && body?.contains("file://\(scene.path)/near") == true
            }
            #expect(access("\(scene.path)/near", F_OK) != 0, "nobody made it anew")
            #expect(rename("\(scene.path)/gone", "\(scene.path)/near") == 0)
            try await eventually("it is back") { await shows("near", 1) }
            try await eventually("health sees both again") { await health("UP") }
        }
    }
}
