// SPDX-License-Identifier: Apache-2.0
// Martlet: load in a closed loop: each connection sends its next request when it has its answer.

import NIOCore

/// A closed loop over connections of one event loop, and confined to it.
final class ClosedLoad {
    /// What is sent.
    enum Plan: Sendable {
        /// One request over and over: first without, then with counting.
        case repeating(ByteBuffer, warmUp: Duration, measured: Duration)
        /// Each request once.
        case each([ByteBuffer])
    }

    private let handlers: [HTTPExchangeHandler]
    private let plan: Plan
    private let promise: EventLoopPromise<LoadOutcome>
    private var outcome = LoadOutcome()
    private var position = 0
    private var active = 0
    private let start = NIODeadline.now()
    private var last = NIODeadline.now()
    /// Answers count from here on.
    private let opensAt: NIODeadline
    /// Requests are sent, and answers count, until here.
    private let closesAt: NIODeadline

    private init(_ handlers: [HTTPExchangeHandler], _ plan: Plan, _ promise: EventLoopPromise<LoadOutcome>) {
        self.handlers = handlers
        self.plan = plan
        self.promise = promise
        switch plan {
        case .repeating(_, let warmUp, let measured):
            opensAt = start + .nanoseconds(Int64(warmUp.seconds * 1e9))
            closesAt = opensAt + .nanoseconds(Int64(measured.seconds * 1e9))
        case .each:
            opensAt = start
            closesAt = .distantFuture
        }
    }

    /// Sends until the plan is done and every request has its answer.
    static func run(_ plan: Plan, over connections: [HTTPConnection], within limit: Duration) async throws
        -> LoadOutcome
    {
        guard let loop = connections.first?.channel.eventLoop else { return LoadOutcome() }
        let promise = loop.makePromise(of: LoadOutcome.self)
        loop.execute {
            let load = ClosedLoad(connections.map(\.handler.value), plan, promise)
            load.active = load.handlers.count
            for handler in load.handlers { load.sendNext(handler) }
        }
        let timer = loop.scheduleTask(in: .nanoseconds(Int64(limit.seconds * 1e9))) {
            promise.fail(BenchError(.timeout, "the load did not end within \(limit)"))
        }
        defer { timer.cancel() }
        return try await promise.futureResult.get()
    }

    private func sendNext(_ handler: HTTPExchangeHandler) {
        guard let request = nextRequest() else { return stop() }
        let sentAt = NIODeadline.now()
        // The closure keeps the load alive until the last answer.
        handler.send(request) { result in
            switch result {
            case .success(let answer):
                self.note(answer.status, sentAt)
                self.sendNext(handler)
            case .failure:
                self.outcome.broken += 1
                self.stop()
            }
        }
    }

    private func nextRequest() -> ByteBuffer? {
        switch plan {
        case .repeating(let request, _, _):
            return NIODeadline.now() < closesAt ? request : nil
        case .each(let requests):
            guard position < requests.count else { return nil }
            defer { position += 1 }
            return requests[position]
        }
    }

    private func note(_ status: Int, _ sentAt: NIODeadline) {
        last = .now()
        guard status == 201 else {
            outcome.refused[status, default: 0] += 1
            return
        }
        outcome.accepted += 1
        guard last >= opensAt, last < closesAt else { return }
        outcome.measured += 1
        outcome.latencies.append(Double((last - sentAt).nanoseconds) / 1e6)
    }

    private func stop() {
        active -= 1
        guard active == 0 else { return }
        switch plan {
        case .repeating(_, _, let measured): outcome.elapsed = measured
        case .each: outcome.elapsed = .nanoseconds((last - start).nanoseconds)
        }
        promise.succeed(outcome)
    }
}
