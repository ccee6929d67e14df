// SPDX-License-Identifier: Apache-2.0
// Martlet: scripts, COPY and advisory locks on a plain session.

import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct SessionTests {
    @Test func aScriptIsOneTransaction() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withSession { session in
                let results = try await session.simpleQuery(
                    "CREATE TABLE a (b int8); INSERT INTO a VALUES (5); SELECT b, 'x', true FROM a"
                )
                #expect(results.count == 3)
                #expect(try results[2].int64(0, 0) == 5)
                #expect(try results[2].string(0, 1) == "x")
                #expect(try results[2].bool(0, 2))
                let error = await failure { try await session.simpleQuery("DELETE FROM a; SELECT 1/0") }
                #expect(error?.sqlState == "22012")
                #expect(try await session.simpleQuery("SELECT count(*) FROM a")[0].int(0, 0) == 1)
            }
        }
    }

    @Test func operationsWaitForEachOther() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withSession { session in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for value in Int64(0)..<50 {
                        group.addTask {
                            let echo = try await session.execute(echoInt8, int8(value)).int64(0, 0)
                            #expect(echo == value)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func tenThousandRowsAreCopied() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withSession { session in
                try await session.simpleQuery("CREATE TABLE row (id int8, name text, at timestamptz, n int4, d jsonb)")
                let copied = try await session.copyIn(
                    table: "row",
                    columns: ["id", "name", "at", "n", "d"],
                    rows: 0..<10_000
                ) { number, row in
                    row.append(Int64(number))
                    row.append(number % 7 == 0 ? nil : "name \(number)")
                    row.append(timestamp: 1_000_000)
                    row.append(Int32(number))
                    row.append(jsonb: #"{"a": 1}"#)
                }
                #expect(copied == 10_000)
                let sums = try await session.simpleQuery(
                    "SELECT sum(id)::int8, count(name), max(at) = 'epoch'::timestamptz + interval '1 s', max(d ->> 'a') FROM row"
                )
                #expect(try sums[0].int64(0, 0) == 49_995_000)
                #expect(try sums[0].int64(0, 1) == 8_571)
                #expect(try sums[0].bool(0, 2))
                #expect(try sums[0].string(0, 3) == "1")
            }
        }
    }

    @Test func textIsCopiedInAndOut() async throws {
        let lines = AsyncStream<[UInt8]> { stream in
            for number in 0..<1_000 { stream.yield(Array("\(number)\tline \(number)\n".utf8)) }
            stream.finish()
        }
        try await PostgresFixture.with { fixture in
            try await fixture.withSession { session in
                try await session.simpleQuery("CREATE TABLE line (id int8, text text)")
                #expect(try await session.copyIn("COPY line FROM STDIN", chunks: lines) == 1_000)
                let (chunks, sink) = AsyncStream<Int>.makeStream()
                let count = try await session.copyOut("COPY line TO STDOUT") { chunk in sink.yield(chunk.count) }
                sink.finish()
                #expect(count == 1_000)
                #expect(await chunks.reduce(0, +) == (0..<1_000).reduce(0) { $0 + "\($1)\tline \($1)\n".utf8.count })
            }
        }
    }

    @Test func aRefusedCopyLeavesNothingAndTheSessionUsable() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withSession { session in
                try await session.simpleQuery("CREATE TABLE row (id int8, CHECK (id <> 50000))")
                let short = await failure {
                    try await session.copyIn(table: "row", columns: ["id"], rows: 0..<10) { number, row in
                        if number < 5 { row.append(Int64(number)) }
                    }
                }
                #expect(short?.code == .encoding)
                let refused = await failure {
                    try await session.copyIn(table: "row", columns: ["id"], rows: 0..<200_000) { number, row in
                        row.append(Int64(number))
                    }
                }
                #expect(refused?.sqlState == "23514")
                let missing = await failure {
                    try await session.copyIn(table: "no\"ne", columns: ["id"], rows: 0..<1) { _, _ in }
                }
                #expect(missing?.sqlState == "42P01")
                #expect(try await session.simpleQuery("SELECT count(*) FROM row")[0].int(0, 0) == 0)
            }
        }
    }

    @Test func advisoryLocksExclude() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withSession { first in
                try await first.advisoryLock(7, deadline: .seconds(1))
                try await fixture.withSession { second in
                    #expect(try await !second.tryAdvisoryLock(7))
                    let error = await failure { try await second.advisoryLock(7, deadline: .milliseconds(50)) }
                    #expect(error?.code == .deadlineExceeded)
                    #expect(try await first.advisoryUnlock(7))
                    try await second.advisoryLock(7, deadline: .seconds(1))
                    #expect(try await !first.advisoryUnlock(7))
                }
            }
        }
    }

    @Test func aCancelledOperationEndsTheSession() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withLockHeld { _ in
                try await fixture.withSession { session in
                    let caller = Task { await failure { try await session.execute(takeLock) } }
                    try await fixture.database.untilSomebodyWaits()
                    caller.cancel()
                    #expect(await caller.value?.code == .cancelled)
                    #expect(await failure { try await session.simpleQuery("SELECT 1") }?.code == .connectionLost)
                    _ = try await TestDatabase.onServer("SELECT pg_terminate_backend(\(session.serverProcessID))")
                }
            }
        }
    }

    @Test func aDeadlineEndsTheSession() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withLockHeld { _ in
                try await fixture.withSession { session in
                    let error = await failure { try await session.execute(takeLock, deadline: .milliseconds(30)) }
                    #expect(error?.code == .deadlineExceeded)
                    let later = await failure { try await session.simpleQuery("SELECT 1") }
                    try #require(later != nil)
                }
            }
        }
    }
}
