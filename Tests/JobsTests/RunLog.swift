// SPDX-License-Identifier: Apache-2.0
// Handlers for tests, and what they saw.

import Platform
import Synchronization

@testable import Jobs

/// What the handlers saw.
final class RunLog: Sendable {
    private let seen = Mutex<[String]>([])

    var runs: [String] { seen.withLock { $0 } }

    func note(_ text: String) { seen.withLock { $0.append(text) } }

    var handlers: [any JobHandler] { [Echo(log: self), Traced(log: self), Flaky(), Endless()] }

    struct Echo: JobHandler {
        let log: RunLog
        let kind = "noop"
        func run(_ job: JobContext) async throws -> [UInt8]? {
            log.note(String(decoding: job.args, as: UTF8.self))
            return nil
        }
    }

    /// Notes its place in a trace, and what its log lines would bear.
    struct Traced: JobHandler {
        let log: RunLog
        let kind = "traced"
        func run(_ job: JobContext) async throws -> [UInt8]? {
            let trace = job.trace
            let isLogged = trace?.spanID == LogContext.current.spanID
            log.note("\(trace?.traceID ?? "-") \(trace?.tracestate ?? "-") \(isLogged)")
            return nil
        }
    }

    /// Fails as many attempts as its argument says.
    struct Flaky: JobHandler {
        let kind = "flaky"
        func run(_ job: JobContext) async throws -> [UInt8]? {
            let failures: Int = try job.arguments()
            if job.attempt <= failures { throw JobFailure("not yet") }
            return nil
        }
    }

    /// Runs until cancelled.
    struct Endless: JobHandler {
        let kind = "endless"
        func run(_ job: JobContext) async throws -> [UInt8]? {
            try await Task.sleep(for: .seconds(3_600))
            return nil
        }
    }
}
