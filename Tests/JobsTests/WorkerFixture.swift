// SPDX-License-Identifier: Apache-2.0
// A worker, a batcher and a watch over a fresh ledger and a key prefix of their own.

import Logging
import Platform
import Postgres
import Redis
import ServiceLifecycle
import Synchronization
import Testing
import TestSupport

@testable import Jobs

/// Everything that runs a job, in one process.
final class WorkerFixture: Sendable {
    let base: LedgerFixture
    let bus: Bus
    let batcher: EnqueueBatcher
    let watch: CompletionWatch
    let log = RunLog()
    let client: RedisClient
    private let clientName: String
    private let publisher: BusPublisher
    private let options: WorkerOptions
    private let logger: Logger
    private let workerGroup = Mutex<(group: ServiceGroup, task: Task<Void, any Error>)?>(nil)

    var ledger: Ledger { base.ledger }

    private init(_ base: LedgerFixture, name: String, window: Int, options: WorkerOptions) throws {
        self.base = base
        self.options = options
        logger = Logger(label: name) { _ in SwiftLogNoOpLogHandler() }
        clientName = "test-\(name)-\(UInt32.random(in: 0...UInt32.max))"
        var redis = try RedisConfiguration(url: TestRedis.sharedURL ?? "")
        redis.clientName = clientName
        redis.connectTimeout = patience
        redis.commandTimeout = patience
        redis.initialConnectWait = patience
        client = try RedisClient(configuration: redis, logger: logger)
        bus = Bus(
            client: client,
            ledger: base.ledger,
            prefix: "test:\(name):\(UInt32.random(in: 0...UInt32.max))",
            window: window,
            logger: logger
        )
        publisher = BusPublisher(bus: bus, ledger: base.ledger, logger: logger)
        batcher = EnqueueBatcher(ledger: base.ledger, bus: bus, publisher: publisher, logger: logger)
        watch = CompletionWatch(ledger: base.ledger, bus: bus, logger: logger)
    }

    static func with(
        _ name: String,
        startsWorker: Bool = true,
        window: Int = 10_000,
        drain: Duration = .seconds(5),
        concurrency: Int = 64,
        relayDeadline: Duration = .seconds(30),
        _ body: @Sendable (WorkerFixture) async throws -> Void
    ) async throws {
        try await LedgerFixture.with("worker\(name)", relayDeadline: relayDeadline) { base in
            var options = WorkerOptions()
            options.drain = drain
            options.concurrency = concurrency
            let fixture = try WorkerFixture(base, name: name, window: window, options: options)
            let group = ServiceGroup(
                services: [fixture.client, fixture.bus, fixture.publisher, fixture.batcher, fixture.watch],
                logger: fixture.logger
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                while !fixture.bus.isConnected { try await Task.sleep(for: .milliseconds(5)) }
                if startsWorker { try await fixture.startWorker() }
                do {
                    try await body(fixture)
                } catch {
                    await fixture.stopWorker()
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await fixture.stopWorker()
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @discardableResult
    func startWorker() async throws -> Worker {
        let worker = Worker(
            ledger: ledger,
            upkeep: ledger,
            bus: bus,
            loop: base.pool.loops[0],
            handlers: log.handlers,
            options: options,
            metrics: MetricsRegistry(),
            logger: logger
        )
        let group = ServiceGroup(services: [worker], logger: logger)
        let task = Task { try await group.run() }
        workerGroup.withLock { $0 = (group, task) }
        return worker
    }

    /// The ids of the connections over which the worker takes its jobs: one, or none while it connects.
    private var intakes: [String] {
        get async throws {
            let clients = try await client.send(RedisCommand("CLIENT", "LIST")).string ?? ""
            let own = clients.split(separator: "\n").filter { $0.contains("name=\(clientName)-blocking ") }
            return own.compactMap { $0.split(separator: " ").first.map { String($0.dropFirst(3)) } }
        }
    }

    /// Cuts the connection over which the worker takes its jobs.
    func cutIntake() async throws {
        for id in try await intakes { _ = try await client.send(RedisCommand("CLIENT", "KILL", "ID", id)) }
    }

    /// Sends the worker's intake from its wait to its next look over and over, so that what `body` does falls between the two.
    func disturbIntake(during body: () async throws -> Void) async throws {
        try await eventually("the intake is connected") { try await !self.intakes.isEmpty }
        let id = try #require(try await intakes.first)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [client] in
                while !Task.isCancelled { _ = try? await client.send(RedisCommand("CLIENT", "UNBLOCK", id)) }
            }
            try await body()
            group.cancelAll()
        }
    }

    func stopWorker() async {
        guard
            let running = workerGroup.withLock({ group in
                defer { group = nil }
                return group
            })
        else { return }
        await running.group.triggerGracefulShutdown()
        _ = await running.task.result
    }

    func count(_ sql: String) async throws -> Int64 { try await base.count(sql) }

    func rows(_ jobs: [NewJob], dispatched: Bool) async throws -> [LedgerRow] {
        try await base.rows(jobs, dispatched: dispatched)
    }

    /// Waits until SQL gives a number.
    func until(_ sql: String, is expected: Int64, within limit: Duration = .seconds(90)) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            let isLast = ContinuousClock.now > deadline
            let found = try await count(sql)
            if found == expected { return }
            try #require(!isLast, "\(sql): \(found) instead of \(expected)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func untilFinished(_ jobs: Int) async throws { try await until("SELECT count(*) FROM job_done", is: Int64(jobs)) }
}
