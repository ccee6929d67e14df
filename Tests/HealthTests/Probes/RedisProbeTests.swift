// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the Redis probe against real servers.

import Redis
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestRedis.executable != nil, "redis-server is not installed"))
struct RedisProbeTests {
    private func probe(
        _ url: String,
        role: String? = nil,
        _ expectations: Expectations = Expectations()
    ) throws -> RedisProbe {
        var target = RedisProbe.Target(configuration: try RedisConfiguration(url: url), role: role)
        target.expectations = expectations
        return try RedisProbe(target, resources: Fixture.resources)
    }

    @Test func upWithInfo() async throws {
        let server = try await TestRedis.spawn()
        let wanted = try conditions("info.role == master", "info.connected_clients >= 1", "latency < 60s")
        let result = try await probe(server.url, role: "master", wanted).run(timeout: patience)
        #expect(result.status == .up, "\(result)")
        let wrong = try await probe(server.url, role: "slave").run(timeout: patience)
        #expect(wrong.status == .down)
        #expect(wrong.reason == "expected the role slave, found master")
        let many = try degraded("info.connected_clients > 1000")
        #expect(try await probe(server.url, role: nil, many).run(timeout: patience).status == .degraded)
    }

    @Test func passwords() async throws {
        let server = try await TestRedis.spawn(["--requirepass", "geheim"])
        #expect(try await probe("redis://:geheim@127.0.0.1:\(server.port)").run(timeout: patience).status == .up)
        let wrong = try await probe("redis://:falsch@127.0.0.1:\(server.port)").run(timeout: patience)
        #expect(wrong.status == .down)
        #expect(wrong.reason?.hasPrefix("Redis answers WRONGPASS") == true, "\(wrong)")
        #expect(wrong.reason?.contains("falsch") == false)
        let none = try await probe(server.url).run(timeout: patience)
        #expect(none.reason?.hasPrefix("Redis answers NOAUTH") == true, "\(none)")
    }

    @Test func stoppedAndPaused() async throws {
        let server = try await TestRedis.spawn()
        let probe = try probe(server.url)
        #expect(await probe.run(timeout: patience).status == .up)
        server.pause()
        let paused = await Fixture.late(probe)
        #expect(paused.status == .down)
        #expect(paused.reason == "timed out after 300ms while connecting", "\(paused)")
        server.resume()
        #expect(await probe.run(timeout: patience).status == .up)
        server.kill9()
        let gone = await probe.run(timeout: patience)
        #expect(gone.status == .down)
        #expect(gone.reason == "connection refused")
    }

    @Test func notRedis() async throws {
        try await TestServer.with(.answerAndHold(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))) { server in
            let result = try await probe("redis://127.0.0.1:\(server.port)").run(timeout: patience)
            #expect(result.status == .down)
            #expect(result.reason?.hasPrefix("Redis: ") == true, "\(result)")
        }
        try await TestServer.with(.reset) { server in
            let result = try await probe("redis://127.0.0.1:\(server.port)").run(timeout: patience)
            #expect(result.reason == "connection reset", "\(result)")
        }
    }
}
