// SPDX-License-Identifier: Apache-2.0
// Martlet: a job as JSON.

internal import Jobs
internal import Platform
internal import Web

extension JobRecord {
    /// Writes the job; lists leave out the large parts.
    func write(to json: inout JSONWriter, inList: Bool = false) {
        json.object { json in
            json.field("id", id.description)
            json.field("kind", kind)
            json.field("queue", queue)
            json.field("priority", priority)
            json.field("state", state.rawValue)
            json.field("attempt", attempt)
            json.field("max_attempts", options.maxAttempts)
            if losses > 0 { json.field("losses", losses) }
            if cancelRequested { json.field("cancel_requested", true) }
            json.field("created_at", Timestamp(microseconds: id.acceptedAtMilliseconds * 1_000))
            json.field("scheduled_at", dueAt.map { Timestamp(microseconds: $0) })
            json.field("finished_at", finishedAt.map { Timestamp(microseconds: $0) })
            json.field("run_time", runTime)
            json.field("timeout", options.timeout)
            if options.retry != .standard { writeBackoff(to: &json) }
            json.field("unique_key", uniqueKey)
            json.field("trace_id", options.trace?.traceID)
            if !tags.isEmpty { json.field("tags", tags) }
            guard !inList else { return }
            json.field("args", raw: args)
            json.field("metadata", raw: metadata)
            json.field("result", raw: result)
            if !attempts.isEmpty { writeAttempts(to: &json) }
        }
    }

    private func writeBackoff(to json: inout JSONWriter) {
        json.key("backoff")
        json.object { json in
            json.field("type", options.retry.kind.name)
            json.field("base", options.retry.base)
            json.field("cap", options.retry.cap)
        }
    }

    private func writeAttempts(to json: inout JSONWriter) {
        json.key("attempts")
        json.array { json in
            for attempt in attempts {
                json.object { json in
                    json.field("attempt", attempt.attempt)
                    json.field("outcome", attempt.outcome.name)
                    json.field("ended_at", Timestamp(microseconds: attempt.endedAt))
                    json.field("run_time", attempt.runTime)
                    json.field("error", attempt.error)
                }
            }
        }
    }
}

extension RetryPolicy.Kind {
    /// The word that clients use.
    var name: String {
        switch self {
        case .exponential: "exponential"
        case .linear: "linear"
        case .constant: "constant"
        }
    }
}
