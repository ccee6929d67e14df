// SPDX-License-Identifier: Apache-2.0
// The worker: takes jobs, runs their handlers, records how they ended; one at a time also sweeps.

public import Logging
internal import NIOCore
public import Platform
public import Postgres
internal import Redis
public import ServiceLifecycle

/// A worker.
///
/// ```swift
/// let worker = Worker(ledger: ledger, upkeep: upkeep, bus: bus, loop: loop, handlers: [Greeter()], options: .init(), metrics: metrics, logger: logger)
/// try await ServiceGroup(services: [pool, redis, bus, worker], logger: logger).run()
/// ```
public final class Worker: Service {
    /// This process's identity in the ledger.
    public let id: Int64
    private let ledger: Ledger
    private let upkeep: Ledger
    private let bus: Bus
    private let loop: Postgres.EventLoop
    private let options: WorkerOptions
    private let logger: Logger
    private let runner: JobRunner
    private let completions: CompletionBatcher
    private let lanes: LaneBook
    /// The sweeper leads for every queue, whichever this worker serves.
    private let allLanes: LaneBook
    private let intake: Intake
    private let leases: LeaseKeeper
    private let sweeper: Sweeper

    /// Creates a worker.
    ///
    /// - Parameters:
    ///   - ledger: Over the pool for completions.
    ///   - upkeep: Over the pool for leases and maintenance, so that neither waits for the other.
    ///   - tracer: Records attempts; none by default.
    ///   - loop: The thread that leases are kept from; handlers can't block it.
    public init(
        ledger: Ledger,
        upkeep: Ledger,
        bus: Bus,
        loop: Postgres.EventLoop,
        handlers: [any JobHandler],
        options: WorkerOptions,
        metrics: MetricsRegistry,
        tracer: TraceRecorder? = nil,
        logger: Logger
    ) {
        let id = BootID().rawValue
        let counts = WorkerMetrics(metrics, queues: ledger.queues)
        let lanes = LaneBook(ledger: upkeep, queues: options.queues)
        let allLanes = LaneBook(ledger: upkeep, queues: [], includesReserved: true)
        // The runner reports to the batcher and the batcher tells the runner; the box ties the knot once.
        let link = RunnerLink()
        let completions = CompletionBatcher(
            ledger: ledger,
            bus: bus,
            worker: id,
            metrics: counts,
            logger: logger,
            onRecorded: { link.runner?.recorded($0) }
        )
        let runner = JobRunner(
            handlers: handlers,
            options: options,
            queues: ledger.queues,
            metrics: counts,
            tracer: tracer,
            logger: logger,
            report: { completions.add(CollectionOfOne($0)) }
        )
        link.connect(runner)
        self.id = id
        self.ledger = ledger
        self.upkeep = upkeep
        self.bus = bus
        self.loop = loop
        self.options = options
        self.logger = logger
        self.runner = runner
        self.completions = completions
        self.lanes = lanes
        self.allLanes = allLanes
        intake = Intake(
            bus: bus,
            ledger: upkeep,
            runner: runner,
            lanes: lanes,
            options: options,
            worker: id,
            metrics: counts,
            logger: logger
        )
        leases = LeaseKeeper(
            ledger: upkeep,
            runner: runner,
            worker: id,
            lease: options.lease,
            metrics: counts,
            logger: logger
        )
        sweeper = Sweeper(
            ledger: upkeep,
            bus: bus,
            lanes: allLanes,
            options: options,
            worker: id,
            metrics: counts,
            logger: logger
        )
    }

    /// How many jobs run.
    public var running: Int { runner.running }

    /// Works until graceful shutdown, then finishes or gives back what is in hand.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { await self.completions.run() }
            await withTaskGroup(of: Void.self) { leaseGroup in
                leaseGroup.addTask(executorPreference: loop) { await self.leases.run() }
                await work()
                await finish()
                leaseGroup.cancelAll()
            }
            completions.close()
            await group.waitForAll()
        }
        await leave()
    }

    /// Lets another worker lead at once, and takes this one off the register.
    private func leave() async {
        do throws(JobsError) {
            try await upkeep.resign(id)
            try await upkeep.leave(worker: id)
        } catch {
            logger.debug("the worker left without saying so", metadata: ["error": "\(error)"])
        }
    }

    /// Takes jobs until graceful shutdown.
    private func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { await self.register() }
            group.addTask { await self.listen() }
            if options.mayLead { group.addTask(executorPreference: loop) { await self.sweeper.run() } }
            group.addTask { await self.intake.run() }
            try? await gracefulShutdown()
            runner.drain()
            await intake.stop()
            group.cancelAll()
        }
    }

    /// Waits for running jobs until the drain deadline, then cancels them; they are given back with their attempt refunded.
    private func finish() async {
        let deadline = ContinuousClock.now + options.drain
        var giveUp: ContinuousClock.Instant?
        // Deliveries that were on their way when the intake stopped.
        runner.drain()
        while runner.held > 0, giveUp.map({ ContinuousClock.now < $0 }) ?? true, !Task.isCancelled {
            if giveUp == nil, ContinuousClock.now >= deadline {
                runner.cancelAll()
                // From here, not from the deadline: a process that was stopped meanwhile still gives back what it holds.
                giveUp = .now + .seconds(3)
            }
            await runner.waitForRoom(timeout: .milliseconds(50))
        }
        if runner.held > 0 {
            logger.warning("jobs are left to the sweeper at shutdown", metadata: ["jobs": "\(runner.held)"])
        }
    }

    /// Keeps the register of workers and the lanes up to date.
    private func register() async {
        while !Task.isCancelled {
            var pause: Duration = .seconds(15)
            do {
                try await refreshLanes()
                try await upkeep.report(
                    WorkerReport(
                        id: id,
                        name: options.name,
                        version: options.version,
                        queues: lanes.queueNames.joined(separator: ","),
                        concurrency: options.concurrency,
                        running: runner.running
                    )
                )
            } catch {
                logger.debug("the worker could not report", metadata: ["error": "\(error)"])
                pause = .milliseconds(500)
            }
            try? await Task.sleep(for: pause)
        }
    }

    private func listen() async {
        for await event in bus.client.makeSubscriber().subscribe([bus.hintChannel]) {
            guard case .message(_, let payload) = event, let hint = Bus.hint(payload) else { continue }
            switch hint {
            case .cancel(let id): runner.cancel(id)
            case .queuesChanged:
                do { try await refreshLanes() } catch {
                    logger.debug("a new queue is noticed later", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private func refreshLanes() async throws(JobsError) {
        _ = try await allLanes.refresh()
        if try await lanes.refresh() { await intake.interrupt() }
    }
}
