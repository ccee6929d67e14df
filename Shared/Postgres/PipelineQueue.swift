// SPDX-License-Identifier: Apache-2.0
// Martlet: the order of a pipelined connection: what waits, what is sent, what has been answered. No I/O.

import DequeModule

/// The two queues of a pipelined connection.
///
/// Answers come in the order of sending, each segment closed by a sync; so the front of `sent` is always the one that
/// the server is answering.
struct PipelineQueue {
    /// A segment that the server has or is about to get.
    struct Segment {
        enum Work {
            case request(PipelineRequest)
            /// Prepares a statement in a segment of its own, so that no caller's transaction depends on it.
            case prepare(PreparedStatement)
        }

        var work: Work
        var results = PipelineResults()
        var error: PostgresError?
    }

    /// Requests that libpq has not been given.
    private(set) var unsent: Deque<PipelineRequest> = []
    private(set) var sent: Deque<Segment> = []
    /// How many segments may be on the wire.
    let window: Int
    /// How many requests may wait for that.
    let limit: Int

    init(window: Int, limit: Int) {
        self.window = window
        self.limit = limit
    }

    var isEmpty: Bool { unsent.isEmpty && sent.isEmpty }
    var hasRoom: Bool { sent.count < window }

    /// Adds a request; false when the queue is full.
    mutating func enqueue(_ request: PipelineRequest) -> Bool {
        guard unsent.count < limit else { return false }
        unsent.append(request)
        return true
    }

    /// Puts a request that has to be sent again at the front.
    mutating func enqueueAgain(_ request: PipelineRequest) { unsent.prepend(request) }

    /// Takes the next request to send, dropping those that nobody waits for.
    mutating func nextToSend() -> PipelineRequest? {
        while hasRoom, let request = unsent.popFirst() {
            if !request.isAbandoned { return request }
        }
        return nil
    }

    mutating func markSent(_ work: Segment.Work) { sent.append(Segment(work: work)) }

    mutating func received(_ result: PostgresResult) {
        guard !sent.isEmpty else { return }
        sent[0].results.append(result)
    }

    /// Notes the first error of the segment; later ones only follow from it.
    mutating func received(_ error: PostgresError) {
        guard !sent.isEmpty, sent[0].error == nil else { return }
        sent[0].error = error
    }

    /// The sync of the front segment arrived.
    mutating func completeFirst() -> Segment? { sent.popFirst() }

    /// Takes the waiter of request `id` out, wherever it stands, and says whether it was sent.
    mutating func abandon(_ id: UInt64) -> (waiter: PipelineRequest.Waiter, wasSent: Bool)? {
        if let index = unsent.firstIndex(where: { $0.id == id }) {
            return (unsent.remove(at: index).waiter, false)
        }
        for index in sent.indices {
            guard case .request(var request) = sent[index].work, request.id == id else { continue }
            let waiter = request.take()
            sent[index].work = .request(request)
            return (waiter, true)
        }
        return nil
    }

    /// Takes out every waiter whose deadline has passed, and says when the next one is due.
    mutating func expire(
        at now: MonotonicTime
    ) -> (expired: [(waiter: PipelineRequest.Waiter, wasSent: Bool)], next: MonotonicTime) {
        var expired: [(waiter: PipelineRequest.Waiter, wasSent: Bool)] = []
        var next = MonotonicTime.distantFuture
        for index in sent.indices {
            guard case .request(var request) = sent[index].work, !request.isAbandoned else { continue }
            if request.deadline <= now {
                expired.append((request.take(), true))
                sent[index].work = .request(request)
            } else {
                next = min(next, request.deadline)
            }
        }
        var kept: Deque<PipelineRequest> = []
        for request in unsent {
            if request.deadline <= now {
                expired.append((request.waiter, false))
            } else {
                next = min(next, request.deadline)
                kept.append(request)
            }
        }
        if kept.count < unsent.count { unsent = kept }
        return (expired, next)
    }

    /// Empties both queues.
    mutating func removeAll() -> (sent: Deque<Segment>, unsent: Deque<PipelineRequest>) {
        defer {
            sent = []
            unsent = []
        }
        return (sent, unsent)
    }
}
