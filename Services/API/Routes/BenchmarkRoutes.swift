// SPDX-License-Identifier: Apache-2.0
// Martlet: the ceiling that enqueueing is held against: all of a job's path but the ledger.

internal import HTTPTypes
internal import Hummingbird
internal import Jobs
internal import Synchronization
internal import Web

/// `POST /v1/noop-benchmark`: reads a job as `POST /v1/jobs` does, records nothing, and answers in the same form.
final class BenchmarkRoutes: Sendable {
    private let lastID = Atomic<Int64>(1 << 60)

    func add(to routes: inout RouteTable) {
        routes.add(.post, "/v1/noop-benchmark") { [self] request, _ in
            _ = try IdempotencyKey(request)
            let (body, _) = try await request.payload(["application/json"], upTo: JobBody.singleLimit)
            let job = try JobBody.single(Array(body.readableBytesView))
            let id = JobID(rawValue: lastID.wrappingAdd(1, ordering: .relaxed).newValue)
            return EnqueueRoutes.accepted(id: id, state: job.start == .now ? .available : .scheduled, isExisting: false)
        }
    }
}
