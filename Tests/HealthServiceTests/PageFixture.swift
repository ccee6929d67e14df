// SPDX-License-Identifier: Apache-2.0
// Martlet: the aggregator's routes over a database of their own, without a socket.

import HTTPTypes
import Health
import Hummingbird
import HummingbirdTesting
import Jobs
import Logging
import NIOCore
import NIOPosix
import Platform
import Postgres
import TestSupport
import Testing

@testable import HealthService
@testable import Web

/// The routes of subscriptions as a client sees them, and SQL beside them.
struct PageFixture: Sendable {
    static let key = "0123456789abcdef-key"
    private static let logger = Logger(label: "page") { _ in SwiftLogNoOpLogHandler() }

    let client: any TestClientProtocol
    let pool: PostgresPool

    /// Lends them to `body`, by a configuration file's text.
    static func with(
        _ name: String,
        _ text: String,
        _ body: @escaping @Sendable (PageFixture) async throws -> Void
    ) async throws {
        try await TestDatabase.with(name) { database in
            let loop = EventLoop(name: name)
            let resources = ProbeResources(group: MultiThreadedEventLoopGroup.singleton)
            let pool = try await database.pool(
                name,
                migrations: LedgerMigrations.all,
                serverSettings: LedgerTuning.settings,
                on: loop,
                logger: logger
            )
            let store = HealthStore(pool: pool)
            let reader = ConfigurationReader(store: store, resources: resources, environment: [:])
            let engine = HealthEngine(
                try reader.read(text, name: "health.yaml"),
                place: .init(location: "here", address: "http://127.0.0.1:1"),
                store: store,
                ledger: Ledger(pool: pool),
                resources: resources,
                metrics: MetricsRegistry(),
                logger: logger
            )
            let desk = SubscriptionDesk(
                engine: engine,
                ledger: Ledger(pool: pool),
                resources: resources,
                logger: logger
            )
            var routes = RouteTable()
            SubscriptionRoutes(engine: engine, desk: desk, logger: logger).add(to: &routes)
            EventRoutes(engine: engine).add(to: &routes)
            let lifecycle = Lifecycle()
            lifecycle.advance(to: .ready)
            let http = HTTPService(
                routes: routes,
                settings: HTTPServiceSettings(port: 0),
                keys: APIKeys([key]),
                lifecycle: lifecycle,
                metrics: MetricsRegistry(),
                logger: logger,
                translate: HealthProblems.translate
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                try await http.makeApplication().test(.router) { client in
                    try await body(PageFixture(client: client, pool: pool))
                }
                group.cancelAll()
            }
            await resources.shutdown()
            loop.shutdown()
        }
    }

    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String = "",
        type: String? = "application/json",
        key: String? = nil
    ) async throws -> TestResponse {
        var headers: HTTPFields = [:]
        headers[.contentType] = type
        headers[.authorization] = key.map { "Bearer \($0)" }
        return try await client.execute(uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
    }

    func form(_ path: String, _ body: String) async throws -> TestResponse {
        try await send(.post, path, body, type: "application/x-www-form-urlencoded")
    }

    /// One number from SQL.
    func count(_ sql: String) async throws -> Int64 {
        try await pool.execute(PostgresStatement("test_\(UInt(bitPattern: sql.hashValue))", "SELECT (\(sql))::int8"))
            .int64(0, 0)
    }

    func run(_ sql: String) async throws {
        _ = try await pool.execute(PostgresStatement("test_\(UInt(bitPattern: sql.hashValue))", sql))
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }
}
