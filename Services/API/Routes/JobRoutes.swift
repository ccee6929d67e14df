// SPDX-License-Identifier: Apache-2.0
// Martlet: looking at jobs and steering them: /v1/jobs/{id}, its wait, cancel and retry.

internal import HTTPTypes
internal import Hummingbird
internal import Jobs
internal import ServiceLifecycle
internal import Web

/// The routes of one job.
struct JobRoutes: Sendable {
    /// How long a wait lasts when the client does not say.
    private static let defaultWait: Duration = .seconds(30)
    private static let longestWait: Duration = .seconds(60)

    let ledger: Ledger
    let watch: CompletionWatch
    let bus: Bus
    let gate: LedgerGate

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/jobs/{id}") { request, context in try await show(request, context) }
        routes.add(.get, "/v1/jobs/{id}/wait") { request, context in try await wait(request, context) }
        routes.add(.post, "/v1/jobs/{id}/cancel") { request, context in try await cancel(request, context) }
        routes.add(.post, "/v1/jobs/{id}/retry") { request, context in try await retry(request, context) }
    }

    private func show(_ request: Request, _ context: WebContext) async throws(ProblemError) -> Response {
        let id = try Self.id(context)
        var query = QueryReader(request)
        try query.finish()
        return try Self.response(try await gate.run(.read) { () throws(JobsError) in try await ledger.job(id) })
    }

    /// The job as soon as it has ended, or as it is when the time is over or the service drains.
    private func wait(_ request: Request, _ context: WebContext) async throws(ProblemError) -> Response {
        let id = try Self.id(context)
        var query = QueryReader(request)
        let timeout = query.duration("timeout", default: Self.defaultWait, in: .zero...Self.longestWait)
        try query.finish()
        return try Self.response(
            try await gate.run(.wait) { () throws(JobsError) in try await waitOrDrain(id, timeout) }
        )
    }

    /// A wait ends when the server shuts down: otherwise the shutdown would last as long as the longest wait.
    private func waitOrDrain(_ id: JobID, _ timeout: Duration) async throws(JobsError) -> JobRecord? {
        let outcome: Result<JobRecord?, JobsError> = await cancelWhenGracefulShutdown {
            do throws(JobsError) { return .success(try await watch.wait(for: id, timeout: timeout)) } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = outcome, error.code == .cancelled, !Task.isCancelled {
            return try await ledger.job(id)
        }
        return try outcome.get()
    }

    private func cancel(_ request: Request, _ context: WebContext) async throws(ProblemError) -> Response {
        let id = try Self.id(context)
        try QueryReader.refuseAll(of: request)
        try await Self.ignoreBody(request)
        let result = try await gate.run(.read) { () throws(JobsError) in try await ledger.cancel(id) }
        switch result {
        case .ended: return Self.steered(id, .cancelled, .ok)
        case .requested:
            // A hint: the worker learns of it at its next renewal of the lease in any case.
            await bus.announceCancel(id)
            return Self.steered(id, .running, .accepted)
        case .alreadyFinal: throw ProblemError(.conflict, detail: "the job has ended already")
        }
    }

    private func retry(_ request: Request, _ context: WebContext) async throws(ProblemError) -> Response {
        let id = try Self.id(context)
        try QueryReader.refuseAll(of: request)
        try await Self.ignoreBody(request)
        try await gate.run(.read) { () throws(JobsError) in try await ledger.retry(id) }
        return Self.steered(id, .available, .ok)
    }

    /// These routes need no body; one that comes is read and forgotten, so that the connection can go on.
    private static func ignoreBody(_ request: Request) async throws(ProblemError) {
        _ = try await request.collect(upTo: 65_536)
    }

    private static func steered(_ id: JobID, _ state: JobState, _ status: HTTPResponse.Status) -> Response {
        var json = JSONWriter(capacity: 96)
        json.object { json in
            json.field("id", id.description)
            json.field("state", state.rawValue)
            if state == .running { json.field("cancel_requested", true) }
        }
        return .json(json, status)
    }

    private static func response(_ record: JobRecord?) throws(ProblemError) -> Response {
        guard let record else { throw ProblemError(.notFound, detail: "there is no such job") }
        var json = JSONWriter(capacity: 512 + record.args.count)
        record.write(to: &json)
        return .json(json)
    }

    private static func id(_ context: WebContext) throws(ProblemError) -> JobID {
        guard let text = context.parameters.get("id"), let id = JobID(text) else {
            throw ProblemError(.notFound, detail: "there is no such job")
        }
        return id
    }
}
