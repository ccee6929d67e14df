// SPDX-License-Identifier: Apache-2.0
// Martlet: clients that submit jobs all the time, each over one connection at a time, and write down what they were told.

import Glibc
import Synchronization

/// A bounded number of clients, each on a thread of its own.
///
/// A client tries again by itself only when that is certain to be harmless: when a connection was refused before a byte was sent, and when the
/// request has an idempotency key.
public final class ClusterLoad: Sendable {
    /// How the clients behave.
    public struct Options: Sendable {
        /// How many there are.
        public var clients = 6
        /// Their pause between two requests, in milliseconds.
        public var pause = 0...8
        /// How long an answer may take before the client gives up.
        public var timeout: Duration = .seconds(12)
        /// Called on the client's thread with the number of acknowledgements so far, before anything else happens.
        public var onAck: (@Sendable (Int) -> Void)?

        /// The defaults.
        public init() {}
    }

    private struct State {
        var record = ClusterRecord()
        var running = 0
        var isStopping = false
    }

    private let ports: [Int]
    private let work: ClusterWork
    private let options: Options
    private let seed: UInt64
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    private init(_ ports: [Int], _ work: ClusterWork, _ options: Options, seed: UInt64) {
        self.ports = ports
        self.work = work
        self.options = options
        self.seed = seed
    }

    /// Runs clients beside a body, stops them in any case, and returns what they saw.
    public static func run(
        on apis: [ClusterService],
        _ work: ClusterWork,
        options: Options = Options(),
        dice: inout ClusterDice,
        _ body: (ClusterLoad, inout ClusterDice) async throws -> Void
    ) async throws -> ClusterRecord {
        let load = ClusterLoad(apis.map(\.port), work, options, seed: dice.next())
        load.state.withLock { $0.running = options.clients }
        for number in 0..<options.clients { ClusterThread.start { load.client(number) } }
        do {
            try await body(load, &dice)
            try await load.stop()
        } catch {
            try? await load.stop()
            throw error
        }
        return load.record
    }

    /// What the clients saw so far.
    public var record: ClusterRecord { state.withLock { $0.record } }
    /// How many jobs were acknowledged so far.
    public var acknowledged: Int { state.withLock { $0.record.acks.count } }
    /// Time since the clients began.
    public var elapsed: Duration { ContinuousClock.now - began }

    /// Waits until so many jobs more were acknowledged.
    public func waitForAcks(_ count: Int, within limit: Duration = .seconds(30)) async throws {
        let goal = acknowledged + count
        let deadline = ContinuousClock.now + limit
        while acknowledged < goal {
            guard ContinuousClock.now < deadline else {
                throw ClusterFailure(
                    "only \(acknowledged - goal + count) of \(count) jobs were acknowledged within \(limit)"
                )
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func stop() async throws {
        state.withLock { $0.isStopping = true }
        let deadline = ContinuousClock.now + .seconds(60)
        while state.withLock({ $0.running }) > 0 {
            guard ContinuousClock.now < deadline else { throw ClusterFailure("the clients did not stop") }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func client(_ number: Int) {
        var dice = ClusterDice(seed: seed &+ UInt64(number) &* 7_919)
        let connection = ClusterHTTP()
        var port = ports[number % ports.count]
        while !isStopping {
            // Now and then a client comes back over a new connection, as clients do.
            if dice.isOne(in: 50) { connection.close() }
            submit(work.next(&dice), over: connection, &port, &dice)
            usleep(UInt32(dice.roll(options.pause) * 1_000))
        }
        state.withLock { $0.running -= 1 }
    }

    /// Sends one request until its fate is known, or must stay unknown.
    private func submit(
        _ request: ClusterRequest,
        over connection: ClusterHTTP,
        _ port: inout Int,
        _ dice: inout ClusterDice
    ) {
        let giveUp = ContinuousClock.now + .seconds(45)
        var mayBeRecorded = false
        while ContinuousClock.now < giveUp {
            if !connection.isConnected(to: port), let other = ports.randomElement(using: &dice) {
                port = other
            }
            let start = ContinuousClock.now
            do throws(ClusterSocketFailure) {
                let reply = try connection.exchange(request, port: port, within: options.timeout)
                if note(reply, to: request, took: ContinuousClock.now - start, &mayBeRecorded) { return }
                usleep(50_000)
            } catch {
                if error.reason == .refused, error.sent == 0 {
                    state.withLock { $0.record.refusedConnections += 1 }
                    // A request that nobody has seen may be dropped at the end.
                    if isStopping, !mayBeRecorded { return }
                    usleep(5_000)
                    continue
                }
                mayBeRecorded = true
                state.withLock { $0.record.interruptions.append("\(elapsed): \(error)") }
                if request.key == nil { break }
                usleep(10_000)
            }
        }
        state.withLock { state in
            if mayBeRecorded {
                state.record.ambiguous += request.args
            } else {
                state.record.refused += request.args
            }
            if request.key != nil {
                state.record.failures.append("a request with a key was not answered for good in 45 s")
            }
        }
    }

    /// Writes an answer down.
    ///
    /// - Returns: Whether it is the last word on the request.
    private func note(
        _ reply: ClusterReply,
        to request: ClusterRequest,
        took: Duration,
        _ mayBeRecorded: inout Bool
    ) -> Bool {
        let now = elapsed
        switch reply.status {
        case 201,
            // The answer to a repetition.
            200 where request.key != nil:
            let ids = reply.jobIDs
            let count = state.withLock { state in
                if took > state.record.slowestAck.took {
                    state.record.slowestAck = (
                        took, "\(now): \(request.path) \(request.key ?? "") \(request.body.prefix(80))"
                    )
                }
                guard ids.count == request.args.count else {
                    state.record.failures.append("\(ids.count) ids for \(request.args.count) jobs")
                    return state.record.acks.count
                }
                for (id, args) in zip(ids, request.args) {
                    state.record.acks.append(.init(id: id, args: args, at: now))
                }
                return state.record.acks.count
            }
            options.onAck?(count)
            return true
        case 503:
            let problem = reply.member("type") ?? ""
            let isUnknown = problem.contains("outcome")
            mayBeRecorded = mayBeRecorded || isUnknown
            state.withLock { state in
                state.record.refusals.append(
                    .init(
                        problem: problem,
                        took: took,
                        hasRetryAfter: reply.headers["retry-after"] != nil,
                        at: now
                    )
                )
                guard request.key == nil else { return }
                if isUnknown {
                    state.record.ambiguous += request.args
                } else {
                    state.record.refused += request.args
                }
            }
            return request.key == nil
        default:
            state.withLock { state in
                state.record.failures.append("\(now): \(reply.status) \(reply.body.prefix(300))")
                state.record.ambiguous += request.args
            }
            return true
        }
    }
}
