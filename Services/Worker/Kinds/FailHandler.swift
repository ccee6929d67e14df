// SPDX-License-Identifier: Apache-2.0
// Martlet: the kind `fail`, which fails in the way that its arguments ask for, for drills.
internal import Glibc
internal import Jobs
internal import Logging

/// Fails each attempt, or the first `times` attempts, retryably or for good; or ends the whole process.
///
/// Arguments, all optional: `message` (text), `permanent` (bool), `times` (the first n attempts fail, later ones succeed), `crash`
/// (bool; the process aborts, where `MARTLET_ALLOW_CRASH_JOBS` permits that: a poison pill for drills).
struct FailHandler: JobHandler {
    let allowsCrash: Bool

    var kind: String { "fail" }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        let fields = try ArgumentFields.read(job, allowed: ["message", "permanent", "times", "crash"])
        let message = try fields.text("message", limit: 4096) ?? "failed on request"
        let isPermanent = try fields.flag("permanent") ?? false
        let times = try fields.integer("times", in: 0...1_000_000)
        if try fields.flag("crash") ?? false {
            guard allowsCrash else {
                throw JobFailure("crash: is only allowed when MARTLET_ALLOW_CRASH_JOBS=true", isRetryable: false)
            }
            job.logger.warning("aborting the process, as this job asks for", metadata: ["job": "\(job.id)"])
            abort()
        }
        if let times, job.attempt > times { return nil }
        throw JobFailure(message, isRetryable: !isPermanent)
    }
}
