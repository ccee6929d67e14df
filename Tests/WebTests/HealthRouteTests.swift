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
