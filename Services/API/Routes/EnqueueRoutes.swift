// SPDX-License-Identifier: Apache-2.0
// Martlet: handing over jobs: POST /v1/jobs and POST /v1/jobs/batch.

internal import HTTPTypes
internal import Hummingbird
internal import Jobs
internal import Platform
internal import Web

/// The routes that record jobs.
struct EnqueueRoutes: Sendable {
    private static let singleRoute = "/v1/jobs"
    private static let batchRoute = "/v1/jobs/batch"
    private static let jsonType = "application/json"
    private static let linesType = "application/x-ndjson"

    /// Takes jobs one by one, and never waits for a lock.
    let singles: EnqueueBatcher
    /// Takes jobs with a key one by one: they may have to wait for somebody else's transaction.
    let keyed: EnqueueBatcher
    /// Takes batches, over connections of its own.
    let batches: EnqueueBatcher
    /// For the state of a job that existed already.
    let reads: Ledger
    let gate: LedgerGate

    func add(to routes: inout RouteTable) {
        routes.add(.post, Self.singleRoute) { request, context in try await enqueue(request, context.trace) }
        routes.add(.post, Self.batchRoute) { request, context in try await enqueueBatch(request, context.trace) }
    }

    private func enqueue(_ request: Request, _ trace: TraceContext?) async throws(ProblemError) -> Response {
        try QueryReader.refuseAll(of: request)
        let key = try IdempotencyKey(request)
        let (body, _) = try await request.payload([Self.jsonType], upTo: JobBody.singleLimit)
        let bytes = Array(body.readableBytesView)
        var job = try JobBody.single(bytes)
        job.options.trace = trace
        guard let key else {
            let (traffic, batcher) = job.uniqueKey == nil ? (LedgerGate.Traffic.single, singles) : (.keyed, keyed)
            let answer = try await gate.run(traffic) { () throws(JobsError) in try await commit(job, by: batcher) }
            return try await response(answer, to: job, isRepeat: answer.isExisting)
        }
        let fingerprint = IdempotencyKey.fingerprint(route: Self.singleRoute, body: bytes)
        let (answers, isRepeat) = try await gate.run(.keyed) { () throws(JobsError) in
            try await keyed.submit([job], key: key.text, fingerprint: fingerprint)
        }
        guard let answer = answers.first else { throw ProblemError(.internalError) }
        return try await response(answer, to: job, isRepeat: isRepeat || answer.isExisting)
    }

    /// The commit is many requests' own; of a sampled one's trace the time until it is a part.
    private func commit(_ job: NewJob, by batcher: EnqueueBatcher) async throws(JobsError) -> EnqueuedJob {
        guard let span = TraceSpan.startCall("group commit", to: "postgresql") else {
            return try await batcher.submit(job)
        }
        defer { span.end() }
        do throws(JobsError) { return try await batcher.submit(job) } catch {
            span.fail("\(error.code)")
            throw error
        }
    }

    /// 201 for a new job; 200 for one that was there already.
    private func response(_ answer: EnqueuedJob, to job: NewJob, isRepeat: Bool) async throws(ProblemError) -> Response
    {
        var state = job.start == .now ? JobState.available : .scheduled
        if isRepeat {
            let record = try await gate.run(.read) { () throws(JobsError) in try await reads.job(answer.id) }
            state = record?.state ?? state
        }
        return Self.accepted(id: answer.id, state: state, isExisting: isRepeat)
    }

    /// The answer to one job; the benchmark's no-op route gives the same.
    static func accepted(id: JobID, state: JobState, isExisting: Bool) -> Response {
        let text = id.description
        var json = JSONWriter(capacity: 96)
        json.object { json in
            json.field("id", text)
            json.field("state", state.rawValue)
            json.field("existing", isExisting)
        }
        return .json(json, isExisting ? .ok : .created, headers: [.location: "/v1/jobs/\(text)"])
    }

    private func enqueueBatch(_ request: Request, _ trace: TraceContext?) async throws(ProblemError) -> Response {
        try QueryReader.refuseAll(of: request)
        let key = try IdempotencyKey(request)
        // The seat is taken before the body is read: bodies are large, so their number must be bounded too.
        let seat = try gate.enter(.batch)
        defer { gate.leave(.batch, seat) }
        let (body, type) = try await request.payload([Self.jsonType, Self.linesType], upTo: JobBody.batchLimit)
        let bytes = Array(body.readableBytesView)
        var jobs = try type == Self.linesType ? JobBody.lines(bytes) : JobBody.array(bytes)
        if let trace { for index in jobs.indices { jobs[index].options.trace = trace } }
        guard let key else {
            let answers = try await gate.call { () throws(JobsError) in try await batches.submit(batch: jobs) }
            return Self.accepted(answers, isRepeat: false)
        }
        let fingerprint = IdempotencyKey.fingerprint(route: Self.batchRoute, body: bytes)
        let (answers, isRepeat) = try await gate.call { () throws(JobsError) in
            try await batches.submit(jobs, key: key.text, fingerprint: fingerprint)
        }
        return Self.accepted(answers, isRepeat: isRepeat)
    }

    /// All ids in the order of the request; `existing` holds the places of jobs that were there already, if any.
    private static func accepted(_ answers: [EnqueuedJob], isRepeat: Bool) -> Response {
        var json = JSONWriter(capacity: 32 + answers.count * 22)
        json.object { json in
            json.key("ids")
            json.array { json in
                for answer in answers { json.string(answer.id.description) }
            }
            let existing = isRepeat ? [] : answers.indices.filter { answers[$0].isExisting }
            guard !existing.isEmpty else { return }
            json.key("existing")
            json.array { json in
                for index in existing { json.number(index) }
            }
        }
        return .json(json, isRepeat ? .ok : .created)
    }
}
