// SPDX-License-Identifier: Apache-2.0
// Martlet: what every test of http.request needs: a handler with its own clients, and jobs to run.
import Jobs
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Platform
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// A resolver that plays back answers; the last one repeats.
final class ScriptedResolver: NameResolver {
    private struct State {
        var answers: [[String]]
        var hosts: [String] = []
    }

    private let state: Mutex<State>
    private let gate: Gate?

    init(_ answers: [[String]], gate: Gate? = nil) {
        state = Mutex(State(answers: answers))
        self.gate = gate
    }

    var hosts: [String] { state.withLock { $0.hosts } }

    func addresses(of host: String) async throws -> [IPAddress] {
        let answer = state.withLock { state -> [String] in
            state.hosts.append(host)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first ?? []
        }
        if let gate { try await gate.pass() }
        guard !answer.isEmpty else { throw NameResolutionError(reason: "no such host") }
        return answer.compactMap(IPAddress.init)
    }
}

/// Holds everybody up until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.waiting.count } }
    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume() }
    }

    func pass() async throws {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.isOpen { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting[id] = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }
}

/// A handler whose only way out is 127.0.0.0/8.
struct Fixture: Sendable {
    static let time = Timestamp(seconds: 1_614_265_330)

    let handler: HTTPRequestHandler
    let clients: ClientPool
    let breakers: HostBreakers

    static func with(
        allowing: [String] = ["127.0.0.0/8"],
        resolver: any NameResolver = ScriptedResolver([["127.0.0.1"]]),
        nameTimeToLive: Duration = .seconds(30),
        secrets: String = "",
        certificates: [NIOSSLCertificate] = [],
        connectTimeout: Duration = patience,
        connectionsPerHost: Int = 16,
        breaker: CircuitBreakerConfiguration = HostBreakers.standard,
        capacity: Int = 256,
        _ body: (Fixture) async throws -> Void
    ) async throws {
        let clients = ClientPool(
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
            tls: TrustedCertificates.configuration(adding: certificates),
            connectTimeout: connectTimeout,
            connectionsPerHost: connectionsPerHost,
            capacity: capacity
        )
        let breakers = HostBreakers(configuration: breaker)
        let handler = HTTPRequestHandler(
            policy: try AddressPolicy(allowing: allowing),
            secrets: try WebhookSecrets(parsing: secrets),
            book: AddressBook(resolver: resolver, timeToLive: nameTimeToLive),
            clients: clients,
            breakers: breakers,
            now: { time }
        )
        do {
            try await body(Fixture(handler: handler, clients: clients, breakers: breakers))
        } catch {
            await clients.shutdown()
            throw error
        }
        await clients.shutdown()
    }

    /// Runs a job with arguments in JSON.
    func run(_ args: String, id: Int64 = 42, attempt: Int = 1) async throws -> String? {
        try await handler.run(job("http.request", args, id: id, attempt: attempt)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// The failure that a job ends in.
    func failure(_ args: String) async throws -> JobFailure {
        let error = await #expect(throws: JobFailure.self) { _ = try await run(args) }
        return try #require(error)
    }
}

func job(_ kind: String, _ args: String, id: Int64 = 42, attempt: Int = 1) -> JobContext {
    JobContext(
        id: JobID(rawValue: id),
        epoch: 7,
        attempt: attempt,
        kind: kind,
        args: Array(args.utf8),
        trace: TraceContext(
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            tracestate: "vendor=x"
        ),
        logger: Logger(label: "test")
    )
}
