// SPDX-License-Identifier: Apache-2.0
// Martlet: ledgers on a private server, and somebody who exports and imports.

import Jobs
import Logging
import Platform
import Postgres
import Recovery
import TestSupport
import Testing

/// A scene with two migrated ledgers: `configured`, where somebody configured something, and `fresh`.
struct ExportScene {
    let scene: BackupScene
    let server: RecoveryServer
    /// The public half of the signing key.
    let trusted: String

    static func with(_ body: (ExportScene) async throws -> Void) async throws {
        try await BackupScene.with { scene, server in
            let line = try #require(SigningKey.generate(id: "ops"))
            try scene.write(line + "\n", to: "\(scene.path)/signing.key")
            let trusted = try #require(SigningKey(parsing: line)).trusted
            let export = ExportScene(scene: scene, server: server, trusted: "\(trusted)")
            for name in ["configured", "fresh"] { try await export.migrate(name) }
            try await export.value(
                """
                INSERT INTO queue (name) VALUES ('mail');
                INSERT INTO health_maintenance (document, ends_at) VALUES ('{"title":"disk","checks":[],"groups":[]}', '2099-01-01');
                INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token)
                    SELECT 'email', 'a' || i || '@example.org', 'a' || i || '@example.org', '{}', '{}', sha256(i::text::bytea)
                    FROM generate_series(1, 50) AS i
                """,
                in: "configured"
            )
            try await body(export)
        }
    }

    func url(_ database: String) -> String { "postgres://postgres@127.0.0.1:\(server.port)/\(database)" }

    /// The settings of a run that exports or imports.
    func settings(_ database: String) -> [String: String] {
        ["DATABASE_URL": url(database), "MARTLET_BACKUP_SIGNING_KEY_FILE": "\(scene.path)/signing.key"]
    }

    func run(_ words: String..., on database: String, with more: [String: String] = [:]) async throws -> BackupScene.Run
    {
        try await scene.run(words, with: settings(database).merging(more) { $1 })
    }

    @discardableResult
    func value(_ sql: String, in database: String) async throws -> String {
        let loop = EventLoop(name: "export-scene")
        defer { loop.shutdown() }
        let session = try await PostgresSession.connect(try PostgresConfiguration(url: url(database)), on: loop)
        do {
            let last = try await session.simpleQuery(sql).last
            await session.close()
            guard let last, last.rowCount > 0, !last.isNull(0, 0) else { return "" }
            return try last.string(0, 0)
        } catch {
            await session.close()
            throw error
        }
    }

    /// Queues, windows and subscribers.
    func counts(in database: String) async throws -> String {
        try await value(
            """
            SELECT (SELECT count(*) FROM queue) || ' ' || (SELECT count(*) FROM health_maintenance) || ' '
                || (SELECT count(*) FROM health_subscriber)
            """,
            in: database
        )
    }

    private func migrate(_ name: String) async throws {
        try await server.value("CREATE DATABASE \(name)")
        let loop = EventLoop(name: "migrate")
        defer { loop.shutdown() }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let configuration = try PostgresConfiguration(url: url(name))
        try await MigrationRunner(configuration, on: loop, migrations: LedgerMigrations.all, logger: logger).run()
    }
}
