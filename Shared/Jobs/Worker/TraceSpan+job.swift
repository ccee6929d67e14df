// SPDX-License-Identifier: Apache-2.0
// What a span says of a job's attempt.

internal import Platform
internal import Tracing

extension TraceSpan {
    /// Notes which attempt of which job it is; arguments are the client's data and stay out.
    func describe(_ job: JobContext) {
        operationName = "job \(job.kind)"
        set("martlet.job.id", .string(job.id.description))
        set("martlet.job.kind", .string(job.kind))
        set("martlet.job.queue", .string(job.queue))
        set("martlet.job.attempt", .int64(Int64(job.attempt)))
    }
}
