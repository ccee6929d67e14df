// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the PostgreSQL probe against the real server.

import Postgres
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct PostgresProbeTests {
    private func probe(
        _ url: String? = TestDatabase.serverURL,
        _ statement: String = "SELECT 1",
        _ expectations: Expectations = Expectations()
    ) throws -> PostgresProbe {
        let configuration = try PostgresConfiguration(url: url ?? "")
        var target = PostgresProbe.Target(configuration: configuration, statement: statement)
        target.expectations = expectations
        return try PostgresProbe(target, resources: Fixture.resources)
    }

    @Test func upWithFacts() async throws {
        let wanted = try conditions("value == 2.5", "count == 3", "latency < 60s")
        let statement = "SELECT n FROM (VALUES (2.5::numeric), (7), (8)) v(n)"
        let result = try await probe(TestDatabase.serverURL, statement, wanted).run(timeout: patience)
        #expect(result.status == .up, "\(result)")
        #expect(result.value == 2.5)
        let text = try await probe(TestDatabase.serverURL, "SELECT 'primary'", conditions("value == primary")).run(
            timeout: patience
        )
        #expect(text.status == .up, "\(text)")
        let none = try await probe(
            TestDatabase.serverURL,
            "SELECT 1 WHERE false",
            conditions("count == 0", "value absent")
        )
        .run(timeout: patience)
        #expect(none.status == .up, "\(none)")
    }

    @Test func wrongValue() async throws {
        let wanted = try degraded("value < 1")
        let result = try await probe(TestDatabase.serverURL, "SELECT 5", wanted).run(timeout: patience)
        #expect(result.status == .degraded)
        #expect(result.reason == "expected value < 1, found 5")
    }

    @Test func statementFails() async throws {
        let result = try await probe(TestDatabase.serverURL, "SELECT * FROM nothing_here").run(timeout: patience)
        #expect(result.status == .down)
        #expect(result.reason == "the statement failed: relation \"nothing_here\" does not exist (42P01)")
    }

    @Test func statementTakesTooLong() async throws {
        // The session exists long before: its time is not what is tested.
        let result = try await probe(TestDatabase.serverURL, "SELECT pg_sleep(120)").run(timeout: .seconds(2))
        #expect(result.status == .down)
        #expect(result.reason == "timed out after 2s waiting for the answer")
        #expect(result.latency < .seconds(30))
    }

    @Test func wrongUserAndDatabase() async throws {
        let url = try #require(TestDatabase.serverURL)
        let place = url.split(separator: "@").last.map(String.init) ?? ""
        let user = try await probe("postgres://nobody_here:geheim@\(place)").run(timeout: patience)
        #expect(user.status == .down)
        #expect(user.reason?.contains("nobody_here") == true, "\(user)")
        #expect(user.reason?.contains("geheim") == false)
    }

    @Test func refusedAndSilent() async throws {
        let port = try await Fixture.closedPort()
        let refused = try await probe("postgres://u:geheim@127.0.0.1:\(port)/d").run(timeout: patience)
        #expect(refused.status == .down)
        #expect(refused.reason?.contains("Connection refused") == true, "\(refused)")
        #expect(refused.reason?.contains("geheim") == false)
        try await TestServer.with(.silent) { server in
            let silent = await Fixture.late(try probe("postgres://u:geheim@127.0.0.1:\(server.port)/d"))
            #expect(silent.status == .down)
            #expect(silent.reason == "timed out after 300ms while connecting")
        }
        try await TestServer.with(.close) { server in
            let closed = try await probe("postgres://u:geheim@127.0.0.1:\(server.port)/d").run(timeout: patience)
            #expect(closed.status == .down)
            #expect(
                closed.reason?.contains("closed the connection") == true || closed.reason?.contains("reset") == true,
                "\(closed)"
            )
        }
    }
}

/// With a server that refuses the password, as the one of the tests may not.
@Suite struct PostgresPasswordTests {
    @Test func passwordsStayOut() async throws {
        let fields = "SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"u\"\0\0"
        let length = fields.utf8.count + 4
        let error = [UInt8(ascii: "E"), 0, 0, UInt8(length >> 8), UInt8(length & 255)] + Array(fields.utf8)
        try await TestServer.with(.answer(error)) { server in
            let url = "postgres://u:geheim@127.0.0.1:\(server.port)/d?sslmode=disable"
            let target = PostgresProbe.Target(configuration: try PostgresConfiguration(url: url))
            let result = try await PostgresProbe(target, resources: Fixture.resources).run(timeout: patience)
            #expect(result.status == .down)
            #expect(result.reason == "PostgreSQL: password authentication failed for user \"u\"")
        }
    }
}
