// SPDX-License-Identifier: Apache-2.0
// Martlet: the handler of the rounds with faults.

import Glibc
import Jobs

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
