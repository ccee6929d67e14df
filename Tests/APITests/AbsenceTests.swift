// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of what clients see while the database or Redis is away.

import HTTPTypes
import Logging
import NIOCore
import Platform
import Postgres
import Synchronization
import Testing
import TestSupport

@testable import API

@Suite(.enabled(if: APIFixture.isAvailable, APIFixture.reason)) struct AbsenceTests {
    /// A port on which nobody listens.
    private static let nowhere = "127.0.0.1:1"

    @Test func withoutADatabaseEverythingIsRefusedAtOnce() async throws {
        try await APIFixture.serve(["DATABASE_URL": "postgres://nobody@\(Self.nowhere)/none"]) { api async throws in
            var rounds: [Duration] = []
            for _ in 0..<40 {
                let started = ContinuousClock.now
                let answers = [
                    try await api.post("/v1/jobs", #"{"kind":"k"}"#),
                    try await api.post("/v1/jobs/batch", #"[{"kind":"k"}]"#),
                    try await api.post("/v1/jobs", #"{"kind":"k"}"#, key: "x"), try await api.get("/v1/jobs"),
                    try await api.get("/v1/jobs/1"), try await api.post("/v1/jobs/1/cancel"),
                    try await api.get("/v1/stats"),
                    try await api.get("/v1/jobs/1/wait"),
                ]
                rounds.append(ContinuousClock.now - started)
                for answer in answers {
                    #expect(answer.status == 503)
                    #expect(answer["type"] == "/problems/ledger-unavailable")
                    #expect(answer.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)
                    #expect(!answer.text.contains("127.0.0.1") && !answer.text.contains("nobody"))
                }
            }
            // One by one each may wait half a second for a connection at first; later nobody waits. The bound is far below
            // eight waits, and far above what a busy machine needs for eight refusals; that it stands still sometimes does not count.
            #expect(rounds.dropFirst().sorted()[19] < .seconds(3), "\(rounds)")
            // Bad input is still told apart.
            #expect(try await api.post("/v1/jobs", #"{"kind":7}"#).status == 422)
            let ready = try await api.get("/health/ready")
            #expect(ready.status == 503)
            #expect(ready["checks/database/status"] == "DOWN")
            #expect(try await api.get("/health/live").status == 200)
        }
    }

    @Test func theFirstRequestWithoutADatabaseIsQuickToo() async throws {
        // Half a second is meant, without a limit of the API's own it would be five. One quick one of several new processes is enough: other
        // tests share this machine's cores.
        let limit: Duration = .seconds(3)
        let elapsed = Mutex(limit)
        for _ in 0..<10 where elapsed.withLock({ $0 }) >= limit {
            try await APIFixture.serve(["DATABASE_URL": "postgres://nobody@\(Self.nowhere)/none"]) { api async throws in
                let started = ContinuousClock.now
                #expect(try await api.post("/v1/jobs", #"{"kind":"k"}"#).status == 503)
                elapsed.withLock { $0 = ContinuousClock.now - started }
            }
        }
        #expect(elapsed.withLock { $0 } < limit)
    }

    @Test func withoutRedisJobsAreAcceptedAndReadinessDegrades() async throws {
        try await APIFixture.with("noredis", environment: ["REDIS_URL": "redis://\(Self.nowhere)"]) {
            api async throws in
            let id = try await api.submit(#"{"kind":"k"}"#)
            #expect(try await api.sql("SELECT state::text FROM job_live WHERE id = \(id)") == "1")
            #expect(try await api.post("/v1/jobs/batch", #"[{"kind":"k"},{"kind":"k"}]"#).status == 201)
            #expect(try await api.post("/v1/jobs/\(id)/cancel").status == 200)
            #expect(try await api.get("/v1/jobs/\(id)/wait?timeout=5")["state"] == "cancelled")
            var ready = try await api.get("/health/ready")
            // A check whose database takes a second to answer has failed.
            try await eventually("it is ready") {
                ready = try await api.get("/health/ready")
                return ready.status == 200
            }
            #expect((ready["status"], ready["checks/bus/status"]) == ("DEGRADED", "DEGRADED"))
            #expect(ready["checks/database/status"] == "UP")
        }
    }

    @Test func withoutASchemaTheServiceIsNotReady() async throws {
        try await TestDatabase.with("noschema") { database in
            let settings = try APIFixture.settings(["DATABASE_URL": database.url])
            let service = try APIService(settings, logger: .init(label: "test"))
            defer { service.pools.loop.shutdown() }
            let check = try SchemaCheck(settings, loop: service.pools.loop, logger: .init(label: "test"))
            let (before, applied, after) = try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await check.waitUntilReady()
                    return true
                }
                group.addTask {
                    try await Task.sleep(for: .milliseconds(300))
                    return false
                }
                let before = try await group.next()
                let applied = try await check.migrate()
                return (before, applied, try await group.next())
            }
            // Not ready before the migration; ready after it.
            #expect(before == false)
            #expect(applied > 0)
            #expect(after == true)
            #expect(try await check.migrate() == 0)
        }
    }

    @Test func wrongSettingsAreAllNamed() throws {
        let reader = SettingsReader(
            arguments: ["martlet-api", "dance"],
            environment: [
                "APP_PORT": "x", "DATABASE_URL": "mysql://h/d", "REDIS_URL": "http://h", "MARTLET_API_KEYS": "short",
                "MARTLET_BATCH_CONCURRENCY": "0", "MARTLET_SPEED": "fast",
            ]
        )
        _ = reader.command(APICommand.serve)
        _ = APISettings(reader)
        let error = try #require(throws: PlatformError.self) { try reader.finish() }
        #expect(
            Set(error.problems.map(\.key)) == [
                "command", "APP_PORT", "DATABASE_URL", "REDIS_URL", "MARTLET_API_KEYS", "MARTLET_BATCH_CONCURRENCY",
                "MARTLET_SPEED",
            ]
        )
        #expect(!"\(error)".contains("short\""))
    }
}
