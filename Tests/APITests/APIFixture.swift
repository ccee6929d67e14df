// SPDX-License-Identifier: Apache-2.0
// Martlet: the whole API in one process over a database of its own and a key prefix of its own in Redis.

import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Jobs
import Logging
import NIOCore
import Platform
import Postgres
import Redis
import ServiceLifecycle
import Testing
import TestSupport

@testable import API
@testable import Web

/// The API as its settings make it, a client without a socket, and SQL beside it.
struct APIFixture: Sendable {
    static let isAvailable = TestDatabase.isAvailable && TestRedis.sharedURL != nil
    static let reason: Comment = "MARTLET_TEST_DATABASE_URL or MARTLET_TEST_REDIS_URL is not set"
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let service: APIService
    let client: any TestClientProtocol
    let group: ServiceGroup
    let database: String

    /// Lends a running API to `body`.
    static func with(
        _ name: String,
        environment: [String: String] = [:],
        _ body: @escaping @Sendable (APIFixture) async throws -> Void
    ) async throws {
        try await TestDatabase.with(name) { database in
            var environment = environment
            environment["DATABASE_URL"] = database.url
            try await migrate(environment)
            try await serve(environment) { api async throws in
                try await api.connected()
                try await body(api)
            }
        }
    }

    /// Lends an API whose database and schema are as they are.
    static func serve(
        _ environment: [String: String],
        _ body: @escaping @Sendable (APIFixture) async throws -> Void
    ) async throws {
        let service = try APIService(try settings(environment), logger: logger)
        service.lifecycle.advance(to: .ready)
        var configuration = ServiceGroupConfiguration(services: service.background, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        let group = ServiceGroup(configuration: configuration)
        let database = environment["DATABASE_URL"] ?? ""
        defer { service.pools.loop.shutdown() }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Void, any Error>
            do {
                try await service.makeServer().makeApplication().test(.router) { client in
                    try await body(APIFixture(service: service, client: client, group: group, database: database))
                }
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await clean(service)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try outcome.get()
        }
    }

    /// Takes the test's own keys out of the shared Redis.
    private static func clean(_ service: APIService) async {
        guard service.redis.isConnected,
            let keys = try? await service.redis.send(RedisCommand("KEYS", "\(service.settings.redisPrefix)*")).array
        else { return }
        for key in keys.compactMap(\.string) { _ = try? await service.redis.send(RedisCommand("DEL", key)) }
    }

    static func settings(_ environment: [String: String]) throws -> APISettings {
        var environment = environment
        environment["REDIS_URL"] = environment["REDIS_URL"] ?? TestRedis.sharedURL ?? ""
        environment["MARTLET_DATABASE_TIMEOUT"] = environment["MARTLET_DATABASE_TIMEOUT"] ?? "60s"
        environment["MARTLET_REDIS_PREFIX"] = TestRedis.uniquePrefix("api")
        let reader = SettingsReader(arguments: ["martlet-api"], environment: environment)
        let settings = APISettings(reader)
        try reader.finish()
        return settings
    }

    static func migrate(_ environment: [String: String]) async throws {
        let loop = EventLoop(name: "migrate")
        defer { loop.shutdown() }
        _ = try await SchemaCheck(try settings(environment), loop: loop, logger: logger).migrate()
    }

    /// Returns once every pool has a connection, as readiness would wait for it; a busy machine takes its time.
    private func connected() async throws {
        try await eventually("the pools connect") { service.pools.pools.allSatisfy { $0.status.open > 0 } }
    }

    // MARK: Requests

    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> TestAnswer {
        try await TestAnswer(client.execute(uri: uri, method: .get, headers: headers))
    }

    func post(
        _ uri: String,
        _ body: String = "",
        type: String? = "application/json",
        key: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> TestAnswer {
        var headers = headers
        headers[.contentType] = type
        headers[IdempotencyKey.header] = key
        return try await TestAnswer(
            client.execute(uri: uri, method: .post, headers: headers, body: ByteBuffer(string: body))
        )
    }

    /// Submits a job that must be accepted, and returns its id.
    func submit(_ body: String) async throws -> String {
        let answer = try await post("/v1/jobs", body)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer["id"])
    }

    // MARK: SQL

    /// One text from SQL.
    func sql(_ query: String) async throws -> String? {
        let loop = EventLoop(name: "sql")
        defer { loop.shutdown() }
        var configuration = try PostgresConfiguration(url: database)
        configuration.connectTimeout = patience
        let session = try await PostgresSession.connect(configuration, on: loop)
        let result = try await session.simpleQuery(query).last
        await session.close()
        guard let result, result.rowCount > 0 else { return nil }
        return try result.optionalString(0, 0)
    }

    /// How many jobs the ledger holds, with payload / alive / remembered keys.
    func stored() async throws -> String? {
        try await sql(
            """
            SELECT concat_ws('/', (SELECT count(*) FROM job), (SELECT count(*) FROM job_live), (SELECT count(*) FROM unique_key),
                (SELECT count(*) FROM idempotency))
            """
        )
    }
}
