// SPDX-License-Identifier: Apache-2.0
// Martlet: load in an open loop: a request is due at its time, whether earlier ones have been answered or not.

import NIOCore

/// Paced requests over connections of one event loop, and confined to it.
final class PacedLoad {
    /// What is sent: so many a second, for so long.
    struct Plan: Sendable {
        var perSecond: Int
        var duration: Duration
        /// Makes the request that is due at a time (nanoseconds of the monotonic clock).
        var request: @Sendable (UInt64) -> ByteBuffer
    }

    /// What came of it.
    struct Outcome: Sendable {
        var load = LoadOutcome()
        /// How late requests were sent, in milliseconds: the load's own part in what is measured.
        var lateness: [Double] = []
    }

    private let plan: Plan
    private let loop: any EventLoop
    private let promise: EventLoopPromise<Outcome>
    private var idle: [HTTPExchangeHandler]
    private var due: [UInt64] = []
    private var outcome = Outcome()
    private let start = NIODeadline.now() + .milliseconds(10)
    private let total: Int
    private var scheduled = 0
    private var answered = 0

    private init(
        _ plan: Plan,
        _ idle: [HTTPExchangeHandler],
        _ loop: any EventLoop,
        _ promise: EventLoopPromise<Outcome>
    ) {
        self.plan = plan
        self.loop = loop
        self.idle = idle
        self.promise = promise
        total = Int(Double(plan.perSecond) * plan.duration.seconds)
    }

    /// Sends all requests at their times and waits for all answers.
    static func run(_ plan: Plan, over connections: [HTTPConnection]) async throws -> Outcome {
        guard let loop = connections.first?.channel.eventLoop else { return Outcome() }
        let promise = loop.makePromise(of: Outcome.self)
        loop.execute { PacedLoad(plan, connections.map(\.handler.value), loop, promise).tick() }
        let limit = plan.duration + .seconds(20)
        let timer = loop.scheduleTask(in: .nanoseconds(Int64(limit.seconds * 1e9))) {
            promise.fail(BenchError(.timeout, "the paced load did not end within \(limit)"))
        }
        defer { timer.cancel() }
        return try await promise.futureResult.get()
    }

    private func time(of index: Int) -> NIODeadline {
        start + .nanoseconds(Int64(index) * 1_000_000_000 / Int64(plan.perSecond))
    }

    private func tick() {
        let now = NIODeadline.now()
        while scheduled < total, time(of: scheduled) <= now {
            due.append(time(of: scheduled).uptimeNanoseconds)
            scheduled += 1
        }
        sendDue()
        guard scheduled < total else { return }
        loop.assumeIsolated().scheduleTask(deadline: time(of: scheduled)) { self.tick() }
    }

    private func sendDue() {
        while !due.isEmpty, let handler = idle.popLast() {
            let at = due.removeFirst()
            outcome.lateness.append(Double(NIODeadline.now().uptimeNanoseconds - at) / 1e6)
            handler.send(plan.request(at)) { result in self.note(result, at, handler) }
        }
    }

    private func note(_ result: Result<HTTPAnswer, BenchError>, _ at: UInt64, _ handler: HTTPExchangeHandler) {
        answered += 1
        switch result {
        case .success(let answer) where answer.status == 201:
            outcome.load.accepted += 1
            outcome.load.latencies.append(Double(NIODeadline.now().uptimeNanoseconds - at) / 1e6)
            idle.append(handler)
        case .success(let answer):
            outcome.load.refused[answer.status, default: 0] += 1
            idle.append(handler)
        case .failure: outcome.load.broken += 1
        }
        if answered == total || outcome.load.broken > 0 { return promise.succeed(outcome) }
        sendDue()
    }
}
