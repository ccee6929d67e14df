// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the Redis URL.

import Redis
import Testing

@Suite struct RedisConfigurationTests {
    @Test func everyPart() throws {
        let text =
            "rediss://us%3Aer:p%40ss%2Fword@redis.internal:6380/3?client_name=w1&command_timeout_ms=250&tls_verify=ca"
        let configuration = try RedisConfiguration(url: text)
        #expect(configuration.address == .tcp(host: "redis.internal", port: 6380))
        #expect(configuration.username == "us:er")
        #expect(configuration.password == "p@ss/word")
        #expect(configuration.database == 3)
        #expect(configuration.clientName == "w1")
        #expect(configuration.commandTimeout == .milliseconds(250))
        #expect(configuration.tls == RedisTLS(verification: .chain))
    }

    @Test func defaults() throws {
        let configuration = try RedisConfiguration(url: "redis://localhost")
        #expect(configuration.address == .tcp(host: "localhost", port: 6379))
        #expect(configuration.tls == nil && configuration.password == nil && configuration.database == 0)
        #expect(configuration.connectTimeout == .seconds(5) && configuration.commandTimeout == .seconds(5))
        #expect(configuration.maxReplyBytes == 512 * 1024 * 1024)
        #expect(try RedisConfiguration(url: "rediss://h").tls?.verification == .full)
        #expect(try RedisConfiguration(url: "redis://:pw@h").username == nil)
        #expect(try RedisConfiguration(url: "redis://[::1]:7000/1").address == .tcp(host: "::1", port: 7000))
    }

    @Test func unixSocket() throws {
        let configuration = try RedisConfiguration(url: "redis+unix:///run/re%20dis.sock?db=4")
        #expect(configuration.address == .unixSocket(path: "/run/re dis.sock"))
        #expect(configuration.database == 4)
    }

    @Test(arguments: [
        "", "redis", "http://h", "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h/x", "redis://h?nope=1",
        "redis://user@h", "redis://h?tls_verify=none", "rediss://h?tls_verify=maybe", "redis+unix://", "redis://%zz",
        "redis://[::1", "redis://h?client_name=a%20b", "redis://h?command_timeout_ms=0", "redis://h/-1",
    ]) func badURLsAreRefused(url: String) {
        #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
    }

    @Test func credentialsNeverAppear() throws {
        let configuration = try RedisConfiguration(url: "redis://someone:hunter2@h:1/2")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("someone"))
        }
        #expect(configuration.description == "redis://***@h:1/2")
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: "redis://someone:hunter2@h:bad") }
        #expect(error.map { "\($0)\(String(reflecting: $0))".contains("hunter2") } == false)
    }
}
