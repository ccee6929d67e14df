// SPDX-License-Identifier: Apache-2.0
// Starts handlers, watches over them, and passes on how they ended.

internal import Logging
internal import Platform
internal import Synchronization
internal import Tracing

/// Runs the jobs in a worker's hands.
final class JobRunner: Sendable {
    private let handlers: [String: any JobHandler]
    private let options: WorkerOptions
    private let queues: QueueDirectory
    private let metrics: WorkerMetrics
    private let tracer: TraceRecorder?
    private let logger: Logger
    private let hand: Mutex<InHand>
    private let roomSignal = Signal()
    private let report: @Sendable (Completion) -> Void

    init(
        handlers: [any JobHandler],
        options: WorkerOptions,
        queues: QueueDirectory,
        metrics: WorkerMetrics,
        tracer: TraceRecorder?,
        logger: Logger,
        report: @escaping @Sendable (Completion) -> Void
    ) {
        self.handlers = Dictionary(handlers.map { ($0.kind, $0) }, uniquingKeysWith: { _, last in last })
        self.options = options
        self.queues = queues
        self.metrics = metrics
        self.tracer = tracer
        self.logger = logger
        self.report = report
        let limits = handlers.compactMap { handler in handler.concurrency.map { (handler.kind, $0) } }
        hand = Mutex(
            InHand(
                concurrency: options.concurrency,
                kindLimits: Dictionary(limits, uniquingKeysWith: { _, last in last })
                    .merging(options.kindConcurrency) { $1 },
                maxPrefetch: options.maxPrefetch,
                maxUnrecorded: options.maxUnrecorded
            )
        )
    }

    /// How many more jobs to take.
    var capacity: Int { hand.withLock { $0.capacity(now: .now) } }
    /// How many run.
    var running: Int { hand.withLock { $0.running } }
    /// How many are held in all.
    var held: Int { hand.withLock { $0.held.count } }

    /// Waits until there may be room, at most `timeout`.
    func waitForRoom(timeout: Duration) async { await roomSignal.wait(timeout: timeout) }

    /// Takes deliveries in and starts what there is room for; those beyond `room`, which would wait here while others are idle, are given back.
    func admit(_ deliveries: [Delivery], room: Int = .max) {
        for delivery in deliveries.dropFirst(room) { giveBack(delivery) }
        start(hand.withLock { $0.admit(Array(deliveries.prefix(room)), now: .now) })
    }

    /// Those of these deliveries that are not in hand.
    func unheld(_ deliveries: [Delivery]) -> [Delivery] { hand.withLock { $0.unheld(deliveries) } }

    /// Lets go of jobs whose end is recorded.
    func recorded(_ fences: [Fence]) {
        hand.withLock { $0.recorded(fences) }
        roomSignal.signal()
    }

    /// Jobs to take or renew the lease of.
    func dueForRenewal(every interval: Duration, limit: Int) -> [Fence] {
        hand.withLock { $0.dueForRenewal(now: .now, every: interval, limit: limit) }
    }

    /// Has leases that could not be renewed tried again within a second.
    func renewSoon(_ fences: [Fence]) {
        hand.withLock { $0.renew(fences, at: .now + .seconds(1)) }
    }

    /// Cancels attempts that have run too long.
    func expire() {
        for task in hand.withLock({ $0.expire(now: .now) }) { task.cancel() }
    }

    /// Cancels a job that was asked to stop, under whatever epoch it is held.
    func cancel(_ id: JobID) {
        let tasks = hand.withLock { hand in hand.fences(of: id).compactMap { hand.stop($0, .cancelled) } }
        for task in tasks { task.cancel() }
    }

    /// Stops a job that the ledger has handed to somebody else.
    func overtaken(_ fences: [Fence]) {
        let tasks = hand.withLock { hand in
            fences.compactMap { fence -> Task<Void, Never>? in
                hand.forget(fence) == nil ? hand.stop(fence, .overtaken) : nil
            }
        }
        for task in tasks { task.cancel() }
    }

    /// Takes no more in and gives back what has not started.
    func drain() {
        for delivery in hand.withLock({ $0.drain() }) { report(Self.givenBack(delivery)) }
    }

    /// Sends a delivery back that was never taken in; due again in a second, its attempt not counted.
    func giveBack(_ delivery: Delivery) {
        report(Self.givenBack(delivery, after: .seconds(1)))
    }

    /// Cancels what still runs, to be given back.
    func cancelAll() {
        let tasks = hand.withLock { hand in hand.held.keys.compactMap { hand.stop($0, .draining) } }
        for task in tasks { task.cancel() }
    }

    private func start(_ deliveries: [Delivery]) {
        for delivery in deliveries {
            let timeout = delivery.job.options.timeout ?? options.timeout
            let deadline = ContinuousClock.now + timeout
            // The table of jobs in hand owns the task: it is cancelled through it, and draining waits until none is left.
            let task = Task { await self.run(delivery, deadline: deadline) }
            hand.withLock { $0.started(delivery.fence, task: task, deadline: deadline) }
        }
    }

    private func run(_ delivery: Delivery, deadline: ContinuousClock.Instant) async {
        let job = delivery.job
        let started = ContinuousClock.now
        let shownKind = handlers[job.kind] == nil ? "unknown" : job.kind
        metrics.started(kind: shownKind, delay: Self.delay(since: job.dispatchedAt))
        let end = await handle(delivery, deadline: deadline)
        let now = ContinuousClock.now
        let (stop, next) = hand.withLock { $0.finished(delivery.fence, now: now) }
        var generator = SystemRandomNumberGenerator()
        let result = AttemptResult(end, stop: stop, attempt: job.attempt, options: job.options, using: &generator)
        metrics.ended(kind: shownKind, result: result, runTime: now - started)
        report(
            Completion(
                attempt: FinishedAttempt(
                    id: job.id,
                    epoch: job.epoch,
                    attempt: job.attempt,
                    result: result,
                    runTime: now - started,
                    releasesKey: job.options.releasesKey
                ),
                place: delivery.entry
            )
        )
        start(next)
        roomSignal.signal()
    }

    private func handle(_ delivery: Delivery, deadline: ContinuousClock.Instant) async -> HandlerEnd {
        let job = delivery.job
        guard let handler = handlers[job.kind] else {
            return .threw(
                JobFailure(
                    "no handler for kind '\(job.kind)' in this worker; it has \(handlers.keys.sorted().joined(separator: ", "))"
                )
            )
        }
        let span = tracer?.start("job", kind: .consumer, parent: job.options.trace)
        let context = JobContext(
            id: job.id,
            epoch: job.epoch,
            attempt: Int(job.attempt),
            maxAttempts: job.options.maxAttempts,
            kind: job.kind,
            queue: queues.name(of: job.lane.queue) ?? String(job.lane.queue),
            args: job.args ?? [],
            deadline: deadline,
            trace: Self.trace(job, span),
            span: span,
            logger: logger
        )
        defer { span?.end { $0.describe(context) } }
        do {
            return .returned(try await run(handler, context))
        } catch {
            if !(error is JobSnooze) { span?.fail("\(type(of: error))") }
            return .threw(error)
        }
    }

    /// Runs the handler with the trace in its log lines and, where it is recorded, around the spans that it starts.
    private func run(_ handler: any JobHandler, _ context: JobContext) async throws -> [UInt8]? {
        guard let trace = context.trace else { return try await handler.run(context) }
        return try await LogContext.with({ $0.set(trace) }) { () async throws(any Error) in
            guard let span = context.span else { return try await handler.run(context) }
            return try await span.asCurrent { try await handler.run(context) }
        }
    }

    /// Where the attempt stands: below the client's span, or in a trace of its own if that is kept.
    private static func trace(_ job: ClaimedJob, _ span: TraceSpan?) -> TraceContext? {
        guard let span else { return job.options.trace?.child() }
        return job.options.trace != nil || span.traceContext.isSampled ? span.traceContext : nil
    }

    private static func delay(since microseconds: Int64) -> Duration {
        .microseconds(max(0, Timestamp.now().microseconds - microseconds))
    }

    private static func givenBack(_ delivery: Delivery, after pause: Duration = .zero) -> Completion {
        Completion(
            attempt: FinishedAttempt(
                id: delivery.job.id,
                epoch: delivery.job.epoch,
                attempt: delivery.job.attempt,
                result: .postponed(after: pause),
                runTime: .zero
            ),
            place: delivery.entry
        )
    }
}
