// SPDX-License-Identifier: Apache-2.0
// Martlet: lists of jobs: GET /v1/jobs.

internal import HTTPTypes
internal import Hummingbird
internal import Jobs
internal import Web

/// The route that lists jobs, newest first.
struct ListRoutes: Sendable {
    private static let limits = 1...200

    let ledger: Ledger
    let gate: LedgerGate

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/jobs") { request, _ in try await list(request) }
    }

    private func list(_ request: Request) async throws(ProblemError) -> Response {
        var query = QueryReader(request)
        let states = JobState.allCases.map(\.rawValue).joined(separator: ", ")
        let filter = JobFilter(
            state: query.value("state", allowed: states) { JobState(rawValue: $0) },
            queue: query.value("queue", allowed: Allowed.queue) { Self.name($0, JobLimits.queueBytes) },
            kind: query.value("kind", allowed: Allowed.kind) { Self.name($0, JobLimits.kindBytes) },
            tag: query.value("tag", allowed: Allowed.name) { Self.name($0, JobLimits.tagBytes) }
        )
        let cursor = query.value("cursor", allowed: "the `next` of the page before") { JobCursor($0) }
        let limit = query.int("limit", default: 50, in: Self.limits)
        try query.finish()

        let page = try await gate.run(.read) { () throws(JobsError) in
            try await ledger.jobs(filter, before: cursor?.id, limit: limit)
        }
        var json = JSONWriter(capacity: 256 + page.jobs.count * 256)
        json.object { json in
            json.key("jobs")
            json.array { json in
                for job in page.jobs { job.write(to: &json, inList: true) }
            }
            json.field("next", page.next.map { JobCursor($0).description })
        }
        return .json(json)
    }

    private static func name(_ text: String, _ limit: Int) -> String? {
        JobLimits.isName(text, limit: limit) ? text : nil
    }
}
