// SPDX-License-Identifier: Apache-2.0
// Martlet: the guard at work: rebinding, mixed answers, dead addresses, TLS and the breaker.
import Jobs
import NIOHTTP1
import Platform
import Resilience
import TestSupport
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(2))) struct HTTPGuardTests {
    /// The name changes from an allowed server to a forbidden one on the same port, as a hostile DNS would do it.
    @Test func rebindingMeetsTheGuard() async throws {
        try await TestServer.with(reply: { _ in .answer(200) }) { allowed async throws in
            try await TestServer.with(address: "127.0.0.2", port: allowed.port, reply: { _ in .answer(200) }) {
                forbidden async throws in
                let args = "{\"url\": \"http://rebind.test:\(allowed.port)\"}"
                let patient = ScriptedResolver([["127.0.0.1"], ["127.0.0.2"]])
                try await Fixture.with(allowing: ["127.0.0.1"], resolver: patient) { fixture async throws in
                    // Within the time to live the vetted address stays, whatever the name says now.
                    for _ in 0..<3 { _ = try await fixture.run(args) }
                    #expect(patient.hosts == ["rebind.test"])
                }
                let hasty = ScriptedResolver([["127.0.0.1"], ["127.0.0.2"]])
                try await Fixture.with(allowing: ["127.0.0.1"], resolver: hasty, nameTimeToLive: .zero) {
                    fixture async throws in
                    _ = try await fixture.run(args)
                    #expect(hasty.hosts.count == 1, "one attempt must look the name up once")
                    let failure = try await fixture.failure(args)
                    #expect(!failure.isRetryable && failure.message.contains("loopback"))
                    #expect(
                        !failure.message.contains("127.0.0.2"),
                        "the message must not tell what the name resolves to"
                    )
                }
                #expect(allowed.requests.count == 4 && forbidden.connections == 0)
            }
        }
    }

    @Test func aMovedHostIsFollowedAfterTheTimeToLive() async throws {
        try await TestServer.with(reply: { _ in .answer(200) }) { old async throws in
            try await TestServer.with(address: "127.0.0.2", port: old.port, reply: { _ in .answer(200) }) {
                new async throws in
                let resolver = ScriptedResolver([["127.0.0.1"], ["127.0.0.2"]])
                try await Fixture.with(resolver: resolver, nameTimeToLive: .zero) { fixture async throws in
                    for _ in 0..<3 { _ = try await fixture.run("{\"url\": \"http://moved.test:\(old.port)\"}") }
                }
                #expect(old.requests.count == 1 && new.requests.count == 2)
            }
        }
    }

    @Test(arguments: [
        ["127.0.0.1", "10.0.0.1"], ["8.8.8.8", "127.0.0.2"], ["::1"], ["169.254.169.254"], ["fd00:ec2::254"],
        ["::ffff:127.0.0.1"], ["0.0.0.0"],
    ])
    func noConnectionToAHostWithAForbiddenAddress(addresses: [String]) async throws {
        try await TestServer.with(reply: { _ in .answer(200) }) { server async throws in
            try await Fixture.with(allowing: ["127.0.0.1"], resolver: ScriptedResolver([addresses])) {
                fixture async throws in
                let failure = try await fixture.failure("{\"url\": \"http://mixed.test:\(server.port)\"}")
                #expect(!failure.isRetryable && failure.message.hasPrefix("url: the host has a "))
                #expect(fixture.clients.count == 0)
            }
            #expect(server.connections == 0)
        }
    }

    @Test(arguments: ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fd00:ec2::254]"])
    func literalsAreVettedToo(host: String) async throws {
        let resolver = ScriptedResolver([["8.8.8.8"]])
        try await Fixture.with(allowing: [], resolver: resolver) { fixture async throws in
            #expect(!(try await fixture.failure("{\"url\": \"http://\(host):8080/\"}").isRetryable))
            #expect(fixture.clients.count == 0 && resolver.hosts.isEmpty)
        }
    }

    @Test func anAllowedLiteralIsReached() async throws {
        try await TestServer.with(reply: { _ in .answer(200) }) { server async throws in
            try await Fixture.with(resolver: ScriptedResolver([])) { fixture async throws in
                #expect(try await fixture.run("{\"url\": \"http://127.0.0.1:\(server.port)/\"}") != nil)
            }
            #expect(server.requests.first?.header("host") == "127.0.0.1:\(server.port)")
        }
    }

    @Test func aDeadAddressIsPassedOver() async throws {
        try await TestServer.with(reply: { _ in .answer(200) }) { server async throws in
            let resolver = ScriptedResolver([["127.0.0.9", "127.0.0.1"]])
            try await Fixture.with(resolver: resolver) { fixture async throws in
                #expect(try await fixture.run("{\"url\": \"http://two.test:\(server.port)/\"}") != nil)
            }
            #expect(resolver.hosts.count == 1 && server.requests.count == 1)
        }
    }

    @Test func unresolvableAndRefusedAreRetryable() async throws {
        // A port that is taken on 127.0.0.1 is free on other addresses.
        try await TestServer.with(reply: { _ in .answer(200) }) { server async throws in
            let url = "http://gone.test:\(server.port)"
            try await Fixture.with(resolver: ScriptedResolver([[], ["127.0.0.9"]]), nameTimeToLive: .zero) {
                fixture async throws in
                let unknown = try await fixture.failure("{\"url\": \"http://gone.test/\"}")
                #expect(unknown.isRetryable && unknown.message.contains("can't be resolved: no such host"))
                let refused = try await fixture.failure("{\"url\": \"\(url)/\"}")
                #expect(refused.isRetryable && refused.message == "\(url): the connection was refused")
            }
        }
    }

    @Test func tlsChecksNameAndAuthority() async throws {
        let certificates = try TestCertificates()
        try await TestServer.with(tls: certificates.server, reply: { _ in .answer(200) }) { server async throws in
            let url = "{\"url\": \"https://hook.test:\(server.port)/\"}"
            try await Fixture.with { fixture async throws in
                let failure = try await fixture.failure(url)
                #expect(
                    failure.isRetryable && failure.message.hasSuffix("certificate is not trusted"),
                    "\(failure.message)"
                )
            }
            #expect(server.requests.isEmpty)
            try await Fixture.with(certificates: certificates.authority) { fixture async throws in
                #expect(try await fixture.run(url) != nil)
                let other = try await fixture.failure("{\"url\": \"https://other.test:\(server.port)/\"}")
                #expect(other.isRetryable && other.message.contains("certificate"), "\(other.message)")
                #expect(try await fixture.run("{\"url\": \"https://127.0.0.1:\(server.port)/\"}") != nil)
            }
            #expect(
                server.requests.map { $0.header("host") } == ["hook.test:\(server.port)", "127.0.0.1:\(server.port)"]
            )
            #expect(certificates.serverNames.all == ["hook.test", "hook.test", "other.test", nil])
        }
    }

    @Test(arguments: [
        ("a.test", "a.test", true), ("*.a.test", "b.a.test", true), ("*.a.test", "a.test", false),
        ("*.a.test", "c.b.a.test", false),
        ("*", "a", false), ("b.test", "a.test", false), ("", "a", false), ("*.test", "a.test", true),
    ])
    func certificateNames(name: String, host: String, isCovered: Bool) {
        #expect(CertificateName.covers(name, host: host) == isCovered)
    }

    @Test func theBreakerOpensAndSnoozes() async throws {
        var configuration = HostBreakers.standard
        configuration.minimumCalls = 4
        configuration.openDuration = patience
        try await TestServer.with(reply: { _ in .answer(503) }) { server async throws in
            try await Fixture.with(breaker: configuration) { fixture async throws in
                let args = "{\"url\": \"http://down.test:\(server.port)\"}"
                for _ in 0..<4 { _ = try await fixture.failure(args) }
                let error = await #expect(throws: JobSnooze.self) { _ = try await fixture.run(args) }
                let snooze = try #require(error)
                #expect(snooze.delay > .zero && snooze.delay <= patience * 1.5)
                #expect(server.requests.count == 4, "an open breaker sends nothing")
                // Another origin is not concerned.
                _ = try await fixture.failure("{\"url\": \"http://other.test:\(server.port)\"}")
            }
        }
    }

    @Test func theBreakerRecovers() async throws {
        var configuration = HostBreakers.standard
        configuration.minimumCalls = 4
        configuration.openDuration = .milliseconds(50)
        configuration.maximumOpenDuration = .milliseconds(50)
        let isUp = Gate()
        try await TestServer.with(reply: { _ in isUp.isOpen ? .answer(200) : .answer(503) }) { server async throws in
            try await Fixture.with(breaker: configuration) { fixture async throws in
                let args = "{\"url\": \"http://down.test:\(server.port)\"}"
                for _ in 0..<4 { _ = try await fixture.failure(args) }
                let breaker = fixture.breakers.breaker(for: try TargetURL("http://down.test:\(server.port)").origin)
                #expect(breaker.snapshot.phase == .open)
                isUp.open()
                let end = ContinuousClock.now + patience
                var successes = 0
                while successes < 5, ContinuousClock.now < end {
                    do {
                        _ = try await fixture.run(args)
                        successes += 1
                    } catch let snooze as JobSnooze {
                        try await Task.sleep(for: min(snooze.delay, .milliseconds(50)))
                    }
                }
                #expect(successes == 5)
                #expect(breaker.snapshot.phase == .closed)
            }
        }
    }

    @Test func theJobsOwnFaultsDoNotCountAgainstTheHost() async throws {
        var configuration = HostBreakers.standard
        configuration.minimumCalls = 2
        try await TestServer.with(reply: { $0.head.uri == "/slow" ? .silence : .answer(404) }) { server async throws in
            try await Fixture.with(allowing: ["127.0.0.1"], breaker: configuration) { fixture async throws in
                let url = "http://fine.test:\(server.port)"
                for _ in 0..<5 { _ = try await fixture.failure("{\"url\": \"\(url)\"}") }
                for index in 0..<5 {
                    let task = Task { try await fixture.run("{\"url\": \"\(url)/slow\"}") }
                    try await eventually("the request arrives") { server.requests.count == 6 + index }
                    task.cancel()
                    _ = await task.result
                }
                let breaker = fixture.breakers.breaker(for: try TargetURL(url).origin)
                #expect(
                    breaker.snapshot.phase == .closed && breaker.snapshot.failures == 0 && breaker.snapshot.calls == 5
                )
            }
        }
    }
}
