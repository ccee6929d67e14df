// SPDX-License-Identifier: Apache-2.0
// Martlet: exports for tests.

import Jobs
import Logging
import Platform
import Postgres
import TestSupport
import Testing

@testable import Recovery

/// Keys, facts, and ledgers with something in them.
struct ExportFixture {
    static let facts = ExportFacts(
        system: VaultFixture.system,
        exported: VaultFixture.began,
        migration: 7,
        program: "1.0"
    )

    let signing: SigningKey
    let keys: KeyRing

    init() throws {
        signing = try #require(SigningKey.generate(id: "ops").flatMap { SigningKey(parsing: $0) })
        keys = try VaultFixture.ring(["first"])
    }

    /// Something in each section.
    static var contents: ExportContents {
        get throws {
            var contents = ExportContents()
            contents.queues = [ExportedQueue(name: "default"), ExportedQueue(name: "mail")]
            let windows = #"[{"document":"{\"title\": \"move\"}","created_at":"2026-11-01T00:00:00.000000Z"}]"#
            contents.maintenance = try JSONDocument.decode([ExportedWindow].self, from: Array(windows.utf8))
            let subscribers = """
                [{"kind":"email","target":"Ann@example.org","target_key":"ann@example.org","checks":[],"groups":["web"],
                "token":"00ff","confirmed_at":"2026-11-01T00:00:00.000000Z"},
                {"kind":"webhook","target":"https://h.example/x","target_key":"https://h.example/x","checks":["a"],
                "groups":[],"token":"01ff","secret":"whsec_1","host":"h.example","confirmed_at":"2026-11-01T00:00:00.000000Z"}]
                """
            contents.subscribers = try JSONDocument.decode([ExportedSubscriber].self, from: Array(subscribers.utf8))
            contents.settings = [ExportedSetting(name: "APP_PORT", value: "8080")]
            contents.files = [ExportedFile(path: "/etc/martlet/health.yaml", content: Array("checks: []\n".utf8))]
            return contents
        }
    }

    func export(_ contents: ExportContents? = nil, _ facts: ExportFacts = Self.facts) throws -> [UInt8] {
        try OpenedExport.encode(try contents ?? Self.contents, facts, keys: keys, signedBy: signing)
    }

    func open(_ bytes: [UInt8]) throws -> ExportContents {
        try OpenedExport(bytes, trusted: [signing.trusted]).contents(Set(ExportSection.allCases), keys: keys)
    }

    /// Lends a migrated, otherwise empty ledger.
    static func withLedger<Value>(_ name: String, _ body: (TestDatabase) async throws -> Value) async throws -> Value {
        try await TestDatabase.with(name) { database in
            let loop = EventLoop(name: name)
            defer { loop.shutdown() }
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            try await MigrationRunner(
                try database.configuration,
                on: loop,
                migrations: LedgerMigrations.all,
                logger: logger
            ).run()
            return try await body(database)
        }
    }

    /// What operators may have configured; one window is over.
    static let configured = """
        INSERT INTO queue (name) VALUES ('mail'), ('Größe "1"');
        INSERT INTO health_maintenance (document, created_by, ends_at) VALUES
            ('{"title":"disk","checks":["db"],"groups":[],"from":"2099-01-01T00:00:00Z","to":"2099-01-02T00:00:00Z"}', 'ann', '2099-01-02'),
            ('{"groups":["web"],"title":"nightly","checks":[],"cron":"0 3 * * *","zone":"Europe/Berlin","seconds":3600}', NULL, NULL),
            ('{"title":"past","checks":[],"groups":[],"from":"2020-01-01T00:00:00Z","to":"2020-01-02T00:00:00Z"}', 'bob', '2020-01-02');
        INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token, secret, host) VALUES
            ('email', 'Ann@Example.org', 'ann@example.org', '{}', '{web,"a \\"b\\""}', sha256('1'), NULL, NULL),
            ('webhook', 'https://h.example/x', 'https://h.example/x', '{db}', '{}', sha256('2'), 'whsec_abc', 'h.example');
        """

    static func read(_ database: TestDatabase) async throws -> ExportContents {
        try await LedgerExport.read(Set(ExportSection.allCases), from: try database.configuration).contents
    }

    @discardableResult
    static func take(
        _ contents: ExportContents,
        into database: TestDatabase,
        prunes: Bool = false,
        applies: Bool = true,
        migration: Int = 7
    ) async throws -> [SectionPlan] {
        var facts = facts
        facts = ExportFacts(
            system: facts.system,
            exported: facts.exported,
            migration: migration,
            program: facts.program
        )
        return try await LedgerImport(contents, facts, prunes: prunes, applies: applies)
            .run(into: try database.configuration)
    }
}
