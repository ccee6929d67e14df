// SPDX-License-Identifier: Apache-2.0
// Martlet: the pipeline's bookkeeping, without a connection.

import Testing

@testable import Postgres

@Suite struct PipelineQueueTests {
    private func request(_ id: UInt64, deadline: UInt64 = .max) async throws -> (
        PipelineRequest, Task<PostgresError?, Never>
    ) {
        let (made, sink) = AsyncStream<PipelineRequest>.makeStream()
        let caller = Task<PostgresError?, Never> {
            let outcome: Result<PostgresResult, PostgresError> = await withUnsafeContinuation { continuation in
                sink.yield(
                    PipelineRequest(
                        id: id,
                        steps: .one(PostgresStatement("s", "SELECT 1"), .init()),
                        waiter: .one(continuation),
                        deadline: MonotonicTime(nanoseconds: deadline)
                    )
                )
            }
            if case .failure(let error) = outcome { return error }
            return nil
        }
        var iterator = made.makeAsyncIterator()
        return (try #require(await iterator.next()), caller)
    }

    @Test func theWindowAndTheLimitHold() async throws {
        var queue = PipelineQueue(window: 1, limit: 2)
        var callers: [Task<PostgresError?, Never>] = []
        var accepted: [Bool] = []
        for id in UInt64(1)...3 {
            let (made, caller) = try await request(id)
            accepted.append(queue.enqueue(made))
            if accepted.last == false { made.waiter.fail(PostgresError(.overloaded, "")) }
            callers.append(caller)
        }
        #expect(accepted == [true, true, false])
        let first = queue.nextToSend()
        #expect(first?.id == 1)
        if let first { queue.markSent(.request(first)) }
        #expect(queue.nextToSend() == nil)
        let (sent, unsent) = queue.removeAll()
        #expect(sent.count == 1 && unsent.count == 1 && queue.isEmpty)
        first?.waiter.fail(PostgresError(.closed, ""))
        unsent.first?.waiter.fail(PostgresError(.closed, ""))
        for caller in callers { #expect(await caller.value != nil) }
    }

    @Test func deadlinesReleaseSentAndUnsentAndAbandonedKeepTheirPlace() async throws {
        var queue = PipelineQueue(window: 2, limit: 8)
        var callers: [Task<PostgresError?, Never>] = []
        for (id, deadline) in [(1, 10), (2, 30), (3, 20), (4, 40)] as [(UInt64, UInt64)] {
            let (made, caller) = try await request(id, deadline: deadline)
            _ = queue.enqueue(made)
            callers.append(caller)
        }
        while let next = queue.nextToSend() { queue.markSent(.request(next)) }
        let (expired, next) = queue.expire(at: MonotonicTime(nanoseconds: 20))
        #expect(expired.map(\.wasSent) == [true, false])
        #expect(next == MonotonicTime(nanoseconds: 30))
        #expect(queue.sent.count == 2)
        #expect(queue.unsent.count == 1)
        let abandoned = queue.abandon(2)
        #expect(abandoned?.wasSent == true)
        #expect(queue.abandon(2)?.waiter.isNobody == true)
        for (waiter, _) in expired { waiter.fail(PostgresError(.deadlineExceeded, "")) }
        abandoned?.waiter.fail(PostgresError(.cancelled, ""))
        queue.abandon(4)?.waiter.fail(PostgresError(.cancelled, ""))
        for caller in callers { #expect(await caller.value != nil) }
    }
}

extension PipelineRequest.Waiter {
    fileprivate var isNobody: Bool {
        if case .nobody = self { return true }
        return false
    }
}
