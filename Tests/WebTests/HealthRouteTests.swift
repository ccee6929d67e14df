// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the health routes through the phases of a process.

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct HealthRouteTests {
    @Test func phasesShow() async throws {
        let fixture = WebFixture(isReady: false)
        try await fixture.service.makeApplication().test(.router) { client in
            func status(_ path: String) async throws -> Int {
                try await client.execute(uri: path, method: .get).status.code
            }
            #expect(try await status("/health/live") == 200)
            #expect(try await status("/health/startup") == 503)
            #expect(try await status("/health/ready") == 503)
            fixture.lifecycle.advance(to: .ready)
            #expect(try await status("/health/startup") == 200)
            #expect(try await status("/health/ready") == 200)
            fixture.lifecycle.advance(to: .draining)
            #expect(try await status("/health/live") == 200)
            #expect(try await status("/health/startup") == 200)
            #expect(try await status("/health/ready") == 503)
            let draining = try await client.execute(uri: "/things/1", method: .get)
            #expect(draining.status == .ok)
            #expect(draining.headers[.connection] == "close")
        }
    }

    @Test func confidentialMetricsNeedAKeyWhereThereIsOne() async throws {
        func page(_ keys: APIKeys, _ header: String?) async throws -> (Int, String) {
            let fixture = WebFixture(keys: keys)
            fixture.metrics.collect { $0.gauge("shown", help: "x", labels: [("check", "public")], 1) }
            fixture.metrics.collect(isConfidential: true) {
                $0.gauge("shown", help: "x", labels: [("check", "secret")], 2)
            }
            return try await fixture.service.makeApplication().test(.router) { client in
                var headers: HTTPFields = [:]
                headers[.authorization] = header
                let answer = try await client.execute(uri: "/metrics", method: .get, headers: headers)
                return (answer.status.code, String(buffer: answer.body))
            }
        }
        let open = try await page(APIKeys(), nil)
        #expect(open.0 == 200 && open.1.contains("secret") && open.1.contains("public"))
        let keys = APIKeys([WebFixture.key])
        let stranger = try await page(keys, nil)
        #expect(stranger.0 == 200 && stranger.1.contains("public") && !stranger.1.contains("secret"))
        let known = try await page(keys, "Bearer \(WebFixture.key)")
        #expect(known.0 == 200 && known.1.contains("secret") && known.1.contains("public"))
        #expect(try await page(keys, "Bearer 0123456789abcdef-old").0 == 401)
    }

    @Test func checksDecide() async throws {
        let fixture = WebFixture()
        let states = (database: Shared(HealthStatus.up), bus: Shared(HealthStatus.up))
        fixture.health.register(
            HealthCheck("database", criticality: .critical, deadline: patience, cacheTime: .zero) {
                HealthFinding(states.database.value)
            }
        )
        fixture.health.register(
            HealthCheck("bus", criticality: .degrading, deadline: patience, cacheTime: .zero) {
                HealthFinding(states.bus.value)
            }
        )
        try await fixture.service.makeApplication().test(.router) { client in
            func ready() async throws -> (Int, String) {
                let response = try await client.execute(uri: "/health/ready", method: .get)
                #expect(response.headers[.cacheControl] == "no-store")
                return (response.status.code, String(buffer: response.body))
            }
            var answer = try await ready()
            #expect(answer.0 == 200)
            #expect(answer.1.hasPrefix(#"{"status":"UP","checks":{"database":{"status":"UP""#))
            states.bus.value = .down
            answer = try await ready()
            #expect(answer.0 == 200)
            #expect(answer.1.hasPrefix(#"{"status":"DEGRADED""#))
            states.database.value = .down
            answer = try await ready()
            #expect(answer.0 == 503)
            #expect(answer.1.hasPrefix(#"{"status":"DOWN""#))
        }
    }
}

/// A value that a test changes while a check reads it.
private final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value {
        get { mutex.withLock { $0 } }
        set { mutex.withLock { $0 = newValue } }
    }
}
