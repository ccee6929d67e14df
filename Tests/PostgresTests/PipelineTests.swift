// SPDX-License-Identifier: Apache-2.0
// Martlet: order, isolation, atomicity and early leaving on one pipelined connection.

import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct PipelineTests {
    private static let divide = PostgresStatement("divide", "SELECT 100 / $1", parameters: [.int8])
    private static let insert = PostgresStatement("insert", "INSERT INTO item VALUES ($1)", parameters: [.int8])
    private static let count = PostgresStatement("count", "SELECT count(*) FROM item")

    @Test(arguments: [false, true])
    func eachCallerGetsItsOwnAnswer(onLoop: Bool) async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                let loop = fixture.loop
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<32 {
                        group.addTask(executorPreference: onLoop ? loop : nil) {
                            for round in 0..<100 {
                                let value = Int64(task * 1_000 + round)
                                let result = try await connection.execute(echoInt8, int8(value))
                                #expect(try result.int64(0, 0) == value)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(connection.load == 0)
            }
        }
    }

    @Test func aFailureDisturbsNoOther() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                try await withThrowingTaskGroup(of: (Int64, PostgresError?).self) { group in
                    for value in Int64(0)..<200 {
                        group.addTask {
                            (value, await failure { try await connection.execute(Self.divide, int8(value % 4)) })
                        }
                    }
                    for try await (value, error) in group {
                        #expect(error?.sqlState == (value % 4 == 0 ? "22012" : nil))
                    }
                }
            }
        }
    }

    @Test func aTransactionIsAllOrNothing() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withSession { try await $0.simpleQuery("CREATE TABLE item (id int8 PRIMARY KEY)") }
            try await fixture.withConnection { connection in
                let results = try await connection.transaction([
                    (Self.insert, int8(1)), (Self.insert, int8(2)), (Self.count, .init()),
                ])
                #expect(results.count == 3)
                #expect(results.first?.affectedRows == 1)
                #expect(try results[2].int64(0, 0) == 2)
                let error = await failure {
                    try await connection.transaction([
                        (Self.insert, int8(3)), (Self.insert, int8(1)), (Self.insert, int8(4)),
                    ])
                }
                #expect(error?.code == .server(sqlState: "23505"))
                #expect(error?.description.contains("(id)=(1)") == false)
                #expect(try await connection.execute(Self.count).int64(0, 0) == 2)
            }
        }
    }

    @Test func anErrorAtCommitReachesTheCaller() async throws {
        let deferred = PostgresStatement("deferred", "INSERT INTO child VALUES ($1)", parameters: [.int8])
        try await PostgresFixture.with { fixture in
            try await fixture.withSession {
                try await $0.simpleQuery(
                    """
                    CREATE TABLE parent (id int8 PRIMARY KEY);
                    CREATE TABLE child (id int8 REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
                    """
                )
            }
            try await fixture.withConnection { connection in
                async let before = connection.execute(echoInt8, int8(1))
                async let broken = failure { try await connection.execute(deferred, int8(9)) }
                async let after = connection.execute(echoInt8, int8(2))
                let first = try await before.int64(0, 0)
                #expect(first == 1)
                #expect(await broken?.sqlState == "23503")
                let last = try await after.int64(0, 0)
                #expect(last == 2)
            }
        }
    }

    @Test func statementsArePreparedOnce() async throws {
        let prepared = PostgresStatement(
            "prepared",
            "SELECT count(*) FROM pg_prepared_statements WHERE name = 'test.int8'"
        )
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                for value in Int64(0)..<20 { _ = try await connection.execute(echoInt8, int8(value)) }
                let copy = PostgresStatement(echoInt8.name, echoInt8.sql, parameters: echoInt8.parameters)
                _ = try await connection.execute(copy, int8(1))
                #expect(try await connection.execute(prepared).int64(0, 0) == 1)
                let other = PostgresStatement(echoInt8.name, "SELECT 2")
                #expect(await failure { try await connection.execute(other) }?.code == .configuration)
            }
        }
    }

    @Test func aStatementThatCannotBePreparedSaysWhyAndRecovers() async throws {
        let statement = PostgresStatement("later", "SELECT id FROM later")
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                async let first = failure { try await connection.execute(statement) }
                async let second = failure { try await connection.execute(statement) }
                #expect(await [first?.sqlState, second?.sqlState] == ["42P01", "42P01"])
                try await fixture.withSession { try await $0.simpleQuery("CREATE TABLE later (id int8)") }
                #expect(try await connection.execute(statement).rowCount == 0)
            }
        }
    }

    @Test func aChangedTableOnlyPreparesAnew() async throws {
        let statement = PostgresStatement("star", "SELECT * FROM shape")
        try await PostgresFixture.with { fixture in
            try await fixture.withSession { try await $0.simpleQuery("CREATE TABLE shape (id int8)") }
            try await fixture.withConnection { connection in
                #expect(try await connection.execute(statement).columnCount == 1)
                try await fixture.withSession { try await $0.simpleQuery("ALTER TABLE shape ADD name text") }
                #expect(try await connection.execute(statement).columnCount == 2)
                try await fixture.withSession { try await $0.simpleQuery("ALTER TABLE shape DROP name") }
                #expect(try await connection.execute(statement).columnCount == 1)
            }
        }
    }

    @Test func aCancelledCallerLeavesTheConnectionUsable() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withLockHeld { holder in
                try await fixture.withConnection { connection in
                    let caller = Task { await failure { try await connection.execute(takeLock) } }
                    try await eventually { connection.load == 1 }
                    let behind = Task { try await connection.execute(echoInt8, int8(7)).int64(0, 0) }
                    caller.cancel()
                    #expect(await caller.value?.code == .cancelled)
                    try await holder.advisoryUnlock(1)
                    #expect(try await behind.value == 7)
                    let early = Task {
                        withUnsafeCurrentTask { $0?.cancel() }
                        return await failure { try await connection.execute(echoInt8, int8(1)) }
                    }
                    #expect(await early.value?.code == .cancelled)
                }
            }
        }
    }

    @Test func aDeadlineReleasesTheCallerOnly() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withLockHeld { holder in
                try await fixture.withConnection { connection in
                    let error = await failure { try await connection.execute(takeLock, deadline: .milliseconds(500)) }
                    #expect(error?.code == .deadlineExceeded)
                    #expect(error?.mayHaveExecuted == true)
                    try await holder.advisoryUnlock(1)
                    let next = try await connection.execute(echoInt8, int8(3)).int64(0, 0)
                    #expect(next == 3)
                }
            }
        }
    }

    @Test func theServerKnowsTheTimeouts() async throws {
        let settings = PostgresStatement(
            "settings",
            """
            SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
                current_setting('idle_in_transaction_session_timeout'), current_setting('synchronous_commit'),
                current_setting('application_name')
            """
        )
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                let result = try await connection.execute(settings)
                #expect(try (0..<5).map { try result.string(0, $0) } == ["30s", "10s", "30s", "on", "martlet"])
            }
        }
    }
}
