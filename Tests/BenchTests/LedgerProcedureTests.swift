// SPDX-License-Identifier: Apache-2.0
// Martlet: the ceiling's procedure must go on fitting the ledger's statements.

import Jobs
import Postgres
import TestSupport
import Testing

@testable import Bench

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct LedgerProcedureTests {
    @Test func takesEveryJobThroughItsWholeLife() async throws {
        try await TestDatabase.with("ceiling") { database in
            let loop = EventLoop(name: "ceiling")
            defer { loop.shutdown() }
            var configuration = try database.configuration
            configuration.serverSettings = LedgerTuning.settings
            let session = try await PostgresSession.connect(configuration, on: loop)
            for migration in LedgerMigrations.all { try await session.simpleQuery(migration.sql) }
            try await session.simpleQuery(try LedgerProcedure.definition())
            try await session.simpleQuery("CALL martlet_ceiling(600, 200, '{}')")
            let result = try #require(
                try await session.simpleQuery(
                    """
                    SELECT (SELECT string_agg(phase || ' ' || jobs, ', ' ORDER BY phase) FROM martlet_ceiling_phase),
                        (SELECT bool_and(seconds > 0) FROM martlet_ceiling_phase),
                        (SELECT count(*) FROM job), (SELECT count(*) FROM job_live), (SELECT count(*) FROM job_done)
                    """
                ).last
            )
            #expect(try result.string(0, 0) == "enqueue 600, finish 600, pump 600")
            #expect(try result.bool(0, 1))
            #expect(try (2...4).map { try result.int(0, $0) } == [600, 0, 600])
            await session.close()
        }
    }
}
