// SPDX-License-Identifier: Apache-2.0
// Martlet: the ceiling of batch enqueueing: the same rows by the same statement over one libpq connection, one batch after the other.

import Jobs
import Postgres

/// Rows by one connection without any server of ours.
enum DirectInsert {
    /// Inserts `batches` batches of `size` rows, the parameters made beforehand.
    ///
    /// - Returns: Rows a second.
    static func measure(_ lab: Lab, _ database: BenchDatabase, batches: Int, size: Int) async throws -> Double {
        var configuration = try PostgresConfiguration(url: lab.surroundings.url(ofDatabase: database.name))
        configuration.applicationName = "martlet-bench/insert"
        let connection = try await PostgresConnection.connect(configuration, on: lab.loop)
        let statement = PostgresStatement(
            "bench_enqueue",
            LedgerBenchmarkStatements.enqueue,
            parameters: [.int4Array, .int2Array, .textArray, .textArray, .textArray, .boolArray, .int8Array, .int4]
        )
        let parameters = bindings(size)
        let clock = ContinuousClock()
        let elapsed = try await clock.measure {
            for _ in 0..<batches {
                let answer = try await connection.execute(statement, parameters)
                guard answer.rowCount == size else { throw BenchError(.count, "an insert answered for other rows") }
            }
        }
        await connection.close()
        return Double(batches * size) / elapsed.seconds
    }

    private static func bindings(_ size: Int) -> PostgresBindings {
        var queues = PostgresArray(.int4, capacity: size)
        var priorities = PostgresArray(.int2, capacity: size)
        var kinds = PostgresArray(.text, capacity: size)
        var args = PostgresArray(.text, capacity: size)
        var options = PostgresArray(.text, capacity: size)
        var dispatched = PostgresArray(.bool, capacity: size)
        var delays = PostgresArray(.int8, capacity: size)
        for number in 0..<size {
            queues.append(Int32(1))
            priorities.append(Int16(0))
            kinds.append("noop")
            args.append(JobPayload.numbered(number))
            options.appendNull()
            dispatched.append(false)
            delays.append(Int64(0))
        }
        var bindings = PostgresBindings()
        for array in [queues, priorities, kinds, args, options, dispatched, delays] { bindings.append(array) }
        bindings.append(Int32(0))
        return bindings
    }
}
