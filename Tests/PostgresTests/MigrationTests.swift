// SPDX-License-Identifier: Apache-2.0
// Martlet: migrations run once, in order, whole or not at all.

import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct MigrationTests {
    private static let first = Migration(
        number: 1,
        name: "one",
        sql: "CREATE TABLE one (id int8); INSERT INTO one VALUES (1)"
    )
    private static let second = Migration(number: 2, name: "two", sql: "ALTER TABLE one ADD two text")

    private func runner(_ fixture: PostgresFixture, _ migrations: [Migration]) -> MigrationRunner {
        MigrationRunner(fixture.configuration, on: fixture.loop, migrations: migrations, logger: quietLogger)
    }

    @Test func replicasThatStartTogetherMigrateOnce() async throws {
        try await PostgresFixture.with("migration") { fixture in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await runner(fixture, [Self.second, Self.first]).run().count }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 0, 2])
            let rows = try await fixture.withSession { try await $0.simpleQuery("SELECT two FROM one") }
            #expect(rows[0].rowCount == 1)
        }
    }

    @Test func aChangedMigrationIsRefused() async throws {
        try await PostgresFixture.with("migration") { fixture in
            try await runner(fixture, [Self.first]).run()
            let changed = Migration(number: 1, name: "one", sql: Self.first.sql + " ")
            let error = await failure { try await runner(fixture, [changed, Self.second]).run() }
            #expect(error?.code == .migration)
            #expect(try await runner(fixture, [Self.first, Self.second]).pending() == [Self.second])
        }
    }

    @Test func aFailingMigrationLeavesNothing() async throws {
        let broken = Migration(number: 2, name: "broken", sql: "CREATE TABLE half (id int8); SELECT 1/0;")
        try await PostgresFixture.with("migration") { fixture in
            let error = await failure { try await runner(fixture, [Self.first, broken]).run() }
            #expect(error?.sqlState == "22012")
            #expect(error?.message.hasPrefix("migration 2 (broken)") == true)
            let rows = try await fixture.withSession {
                try await $0.simpleQuery(
                    "SELECT to_regclass('half') IS NULL, (SELECT max(number) FROM martlet_migration)"
                )
            }
            #expect(try rows[0].bool(0, 0))
            #expect(try rows[0].int(0, 1) == 1)
            // The lock is free again and the way forward open.
            #expect(try await runner(fixture, [Self.first, Self.second]).run() == [Self.second])
        }
    }

    @Test func anOlderVersionMeetsANewerDatabase() async throws {
        try await PostgresFixture.with("migration") { fixture in
            try await runner(fixture, [Self.first, Self.second]).run()
            #expect(try await runner(fixture, [Self.first]).run().isEmpty)
        }
    }

    @Test func aHeldLockIsADeadline() async throws {
        try await PostgresFixture.with("migration") { fixture in
            try await fixture.withSession { holder in
                try await holder.advisoryLock(0x6D61_7274_6C65_74, deadline: .seconds(1))
                let error = await failure {
                    try await runner(fixture, [Self.first]).run(lockDeadline: .milliseconds(100))
                }
                #expect(error?.code == .deadlineExceeded)
            }
        }
    }

    @Test func fileNamesHaveNumbers() throws {
        let migration = try Migration(fileName: "0012_add_index.sql", sql: "")
        #expect(migration.number == 12)
        #expect(migration.name == "add_index")
        for name in ["12_x.sql", "0000_x.sql", "abcd_x.sql", "0001.sql", ""] {
            #expect(throws: PostgresError.self) { try Migration(fileName: name, sql: "") }
        }
    }
}
