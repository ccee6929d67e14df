// SPDX-License-Identifier: Apache-2.0
// Martlet: a handler that notes how long its job was on the way.

import Jobs
import NIOCore
import Synchronization

/// Compares the time in the arguments with now; both are of this machine's monotonic clock.
final class StampingHandler: JobHandler {
    private let times = Mutex<[Double]>([])

    var kind: String { "stamp" }

    /// How long each job was on the way, in milliseconds.
    var waits: [Double] { times.withLock { $0 } }

    func reset() { times.withLock { $0 = [] } }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        let now = NIODeadline.now().uptimeNanoseconds
        let digits = job.args.drop { !(48...57).contains($0) }.prefix(20)
        let at = digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - 48) }
        let wait = (Double(now) - Double(at)) / 1e6
        times.withLock { $0.append(wait) }
        return nil
    }
}
