// SPDX-License-Identifier: Apache-2.0
// Martlet: `martlet-backup serve` where something is away.

import Glibc
import TestSupport
import Testing

@Suite(
    "serve goes on without its database",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct ServeProgramTests {
    private func serve(
        _ scene: BackupScene,
        _ server: RecoveryServer,
        on port: Int,
        log: String,
        with more: [String: String] = [:]
    ) async throws -> ClusterProcess {
        try await scene.launch(
            ["serve"],
            [
                "DATABASE_URL": server.url, "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1",
                "MARTLET_BACKUP_RECEIVE": "true",
            ].merging(more) { $1 },
            log: log
        )
    }

    private func ready(_ port: Int) async -> String? {
        guard let reply = try? await ClusterRequest.get("/health/ready").reply(from: port), reply.status == 200 else {
            return nil
        }
        return reply.body
    }

    @Test func aDatabaseThatIsAwayAtTheStartIsFoundLater() async throws {
        try await BackupScene.with { scene, server in
            await server.kill()
            let (port, log) = (try ClusterPort.free(), "\(scene.path)/serve.log")
            let process = try await serve(scene, server, on: port, log: log)
            try await eventually("it is up and says that it waits") {
                await ready(port)?.contains(#""log":{"status":"DEGRADED""#) ?? false
            }
            try await eventually("the log says so") {
                BackupScene.text(of: log).contains("the log is not received yet")
            }
            #expect(process.end == nil, "\(BackupScene.text(of: log))")

            try await server.start()
            try await eventually("the log is received") {
                await ready(port)?.contains(#""log":{"status":"UP""#) ?? false
            }
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
        }
    }

    @Test func aBucketThatDoesNotAnswerIsNamed() async throws {
        try await BackupScene.with { scene, server in
            let (port, log) = (try ClusterPort.free(), "\(scene.path)/serve.log")
            let bucket = "s3://backups/far?endpoint=http://127.0.0.1:\(try ClusterPort.free())"
            let settings = [
                "MARTLET_BACKUP_STORES": "file://\(scene.path)/store,\(bucket)", "MARTLET_BACKUP_REQUIRED_STORES": "1",
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "test",
            ]
            let process = try await serve(scene, server, on: port, log: log, with: settings)
            try await eventually("the bucket is named") {
                let body = await ready(port) ?? ""
                return body.contains(#""store":{"status":"DEGRADED""#) && body.contains("s3://backups/far")
            }
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
        }
    }

    @Test func receiveAlsoWaitsForADatabase() async throws {
        try await BackupScene.with { scene, server in
            await server.kill()
            let log = "\(scene.path)/receive.log"
            let process = try await scene.launch(["receive"], ["DATABASE_URL": server.url], log: log)
            try await eventually("it waits") { BackupScene.text(of: log).contains("the log is not received yet") }
            #expect(process.end == nil, "\(BackupScene.text(of: log))")
            try await server.start()
            try await eventually("it receives") {
                try await server.value("SELECT count(*)::text FROM pg_replication_slots WHERE active") == "1"
            }
            try await server.value("CREATE TABLE late (id int)")
            let end = try await server.value("SELECT pg_current_wal_flush_lsn()::text")
            try await eventually("it has all") {
                try await server.value("SELECT (write_lsn >= '\(end)')::text FROM pg_stat_replication") == "true"
            }
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
        }
    }

    /// Schedules that are far away leave no new server without a backup that is proved; one that has all waits for its time.
    @Test func theFirstOfEachComesAtOnceAndTheNextInItsTime() async throws {
        try await DrillScene.with { drills in
            let scene = drills.scene
            let yearly = ["backup", "verify", "drill", "prune"].map {
                ("MARTLET_BACKUP_SCHEDULE_\($0.uppercased())", "0 0 1 1 *")
            }
            let settings = Dictionary(uniqueKeysWithValues: yearly)
                .merging(drills.database.merging(["TMPDIR": drills.place, "LOG_LEVEL": "info"]) { $1 }) { $1 }
            for (start, all) in [("first", ["backup", "drill", "verify"]), ("second", [])] {
                let (port, log) = (try ClusterPort.free(), "\(scene.path)/\(start).log")
                let process = try await serve(scene, drills.server, on: port, log: log, with: settings)
                try await eventually("\(all) are done, and nothing is awaited") {
                    let runs = try? await ClusterRequest.get("/v1/runs").reply(from: port)
                    return runs?.status == 200 && runs?.body.contains("pending") == false
                        && Self.works("run succeeded", log) == all
                }
                process.signal(SIGTERM)
                #expect(try await process.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
                #expect(Self.works("run begins", log) == all, "\(BackupScene.text(of: log))")
            }
            #expect(try await scene.backups().count == 1)
        }
    }

    /// The verbs of lines that say something, sorted.
    private static func works(_ words: String, _ log: String) -> [String] {
        BackupScene.text(of: log).split(separator: "\n").filter { $0.contains(words) }.compactMap { line in
            ["backup", "drill", "prune", "verify"].first { line.contains(#""verb":"\#($0)""#) }
        }.sorted()
    }

    @Test func withoutABeaconItStays() async throws {
        try await BackupScene.with { scene, server in
            let (port, log) = (try ClusterPort.free(), "\(scene.path)/serve.log")
            let process = try await serve(scene, server, on: port, log: log, with: ["MARTLET_BACKUP_BEACON": "0"])
            try await eventually("the log is received") {
                await ready(port)?.contains(#""log":{"status":"UP""#) ?? false
            }
            #expect(process.end == nil, "\(BackupScene.text(of: log))")
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
        }
    }

    @Test func itEndsInOrderWhileItSearches() async throws {
        try await BackupScene.with { scene, server in
            await server.kill()
            let (port, log) = (try ClusterPort.free(), "\(scene.path)/serve.log")
            let process = try await serve(scene, server, on: port, log: log)
            try await eventually("it is up") { await ready(port) != nil }
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
        }
    }
}
