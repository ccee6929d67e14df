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

/// Sleeps, then appends the job's number to a file.
struct RecordingHandler: JobHandler {
    private let file: Int32
    private let pause: Duration

    var kind: String { "record" }

    init(path: String, seconds: Double) throws(BenchError) {
        file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        guard file >= 0 else { throw BenchError(.surroundings, "\(path) can't be opened") }
        pause = .seconds(seconds)
    }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        try await Task.sleep(for: pause)
        let line =
            Array(job.args.drop { !(48...57).contains($0) }.prefix { (48...57).contains($0) }) + [UInt8(ascii: "\n")]
        // One write for one line: with O_APPEND it stands whole, whoever else writes, and it outlives this process.
        let written = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard written == line.count else { throw JobFailure("the record can't be written") }
        return nil
    }
}
