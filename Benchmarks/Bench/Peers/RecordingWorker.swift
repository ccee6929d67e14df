// SPDX-License-Identifier: Apache-2.0
// Martlet: `martlet-bench work`: Martlet's worker for the rounds with faults, with the same handler as the other queues' programs.

import FoundationEssentials
import Glibc
import Jobs
import Logging
import UnixSignals

/// A worker process that records each run and can be killed.
enum RecordingWorker {
    static func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let database = environment["DATABASE_URL"], let redis = environment["REDIS_URL"],
            let prefix = environment["MARTLET_REDIS_PREFIX"], let path = environment["PEER_RECORD"]
        else { throw BenchError(.surroundings, "work is for martlet-bench --peers") }
        let handler = try RecordingHandler(path: path, seconds: Double(environment["PEER_JOB_SECONDS"] ?? "") ?? 0)
        let worker = BenchWorker(
            databaseURL: database,
            redisURL: redis,
            prefix: prefix,
            concurrency: Int(environment["PEER_CONCURRENCY"] ?? "") ?? 64,
            logger: Logger(label: "martlet-bench work")
        )
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await worker.run([handler]) {
            print("ready")
            fflush(nil)
            for await _ in signals { break }
        }
    }
}
