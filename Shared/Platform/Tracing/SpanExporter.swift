// SPDX-License-Identifier: Apache-2.0
// Martlet: sends spans to a collector in batches.
public import Logging
public import ServiceLifecycle
internal import Synchronization

/// Gathers spans and posts them as OTLP over HTTP, up to 512 at a time, at the latest after 2 s.
///
/// A batch is tried five times while the collector answers 429, 502, 503, 504 or nothing, and then dropped and counted; so
/// are spans beyond 8,192 that wait. At graceful shutdown what waits is sent, for at most 3 s. List it among the first
/// services of a process, so that it ends after those that make spans.
public final class SpanExporter: SpanSink, Service {
    /// The numbers, for tests.
    struct Pace: Sendable {
        var capacity = 8192
        var batch = 512
        var interval = Duration.seconds(2)
        var timeout = Duration.seconds(10)
        var farewell = Duration.seconds(3)
        /// All pauses between attempts are multiplied by this.
        var pauseScale = 1.0
    }

    private let url: String
    private let headers: [(name: String, value: Secret)]
    private let resource: [(name: String, value: String)]
    private let transport: any OTLPTransport
    private let pace: Pace
    private let logger: Logger
    private let exported: MetricCounter
    private let dropped: MetricCounter
    private let exportTime: MetricHistogram
    private let attempts: [TraceMetrics.ExportOutcome: MetricCounter]
    private let queue: Mutex<ExportQueue>
    private let full = Signal()
    private let closing = Signal()

    /// Makes an exporter; nil when the settings name no endpoint.
    public convenience init?(
        _ settings: TraceSettings,
        transport: any OTLPTransport,
        registry: MetricsRegistry,
        logger: Logger
    ) {
        self.init(settings, transport: transport, registry: registry, logger: logger, pace: Pace())
    }

    init?(
        _ settings: TraceSettings,
        transport: any OTLPTransport,
        registry: MetricsRegistry,
        logger: Logger,
        pace: Pace
    ) {
        guard let url = settings.endpoint else { return nil }
        self.url = url
        headers = settings.headers
        resource = settings.resource
        self.transport = transport
        self.pace = pace
        self.logger = logger
        exported = TraceMetrics.spans(registry, .exported)
        dropped = TraceMetrics.spans(registry, .dropped)
        exportTime = TraceMetrics.exportTime(registry)
        var attempts: [TraceMetrics.ExportOutcome: MetricCounter] = [:]
        for outcome in [TraceMetrics.ExportOutcome.ok, .retried, .failed] {
            attempts[outcome] = TraceMetrics.exports(registry, outcome)
        }
        self.attempts = attempts
        queue = Mutex(ExportQueue(capacity: pace.capacity))
        TraceMetrics.showWaiting(registry) { [weak self] in self?.queue.withLock { $0.count } }
    }

    /// Queues spans.
    public func receive(_ spans: [TraceSpan]) {
        let (lost, count) = queue.withLock { ($0.push(spans), $0.count) }
        dropped.add(lost)
        if count >= pace.batch { full.signal() }
    }

    /// Sends until graceful shutdown, then what is left.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in await work() }
            group.addTask { [self] in
                try? await gracefulShutdown()
                queue.withLock { $0.isClosing = true }
                closing.signal()
                full.signal()
                try? await Task.sleep(for: pace.farewell)
            }
            await group.next()
            group.cancelAll()
        }
        let rest = queue.withLock { $0.take(pace.capacity) }
        dropped.add(rest.count)
        if !rest.isEmpty { logger.warning("spans were not sent before the end", metadata: ["spans": "\(rest.count)"]) }
    }

    /// Ends when closing and empty, or when cancelled.
    private func work() async {
        while !Task.isCancelled {
            let (count, isClosing) = queue.withLock { ($0.count, $0.isClosing) }
            if isClosing, count == 0 { return }
            if !isClosing, count < pace.batch { await full.wait(timeout: pace.interval) }
            let spans = queue.withLock { $0.take(pace.batch) }
            if !spans.isEmpty { await export(spans) }
        }
    }

    private func export(_ spans: [TraceSpan]) async {
        let body = OTLPRequest.body(spans, resource: resource)
        var retry = ExportRetry()
        while true {
            let (answer, error) = await attempt(body)
            var next = retry.next(
                status: answer?.status,
                retryAfter: answer?.retryAfter,
                spread: Double.random(in: 0..<1)
            )
            if Task.isCancelled, next != .done { next = .giveUp }
            switch next {
            case .done:
                attempts[.ok]?.add()
                exported.add(spans.count)
                return
            case .giveUp:
                attempts[.failed]?.add()
                dropped.add(spans.count)
                let reason = answer.map { "status \($0.status)" } ?? error ?? "no answer"
                logger.warning(
                    "spans could not be sent and are dropped",
                    metadata: ["spans": "\(spans.count)", "reason": "\(reason)"]
                )
                return
            case .again(let pause):
                attempts[.retried]?.add()
                await rest(pause)
            }
        }
    }

    private func attempt(_ body: [UInt8]) async -> (OTLPAnswer?, error: String?) {
        let start = ContinuousClock.now
        defer { exportTime.observe(.now - start) }
        let fields = [("Content-Type", "application/x-protobuf")] + headers.map { ($0.name, $0.value.reveal()) }
        do {
            return (try await transport.send(to: url, headers: fields, body: body, timeout: pace.timeout), nil)
        } catch {
            return (nil, "\(error)")
        }
    }

    /// Pauses before another attempt; not for long once the end has come.
    private func rest(_ pause: Duration) async {
        let pause = pause * pace.pauseScale
        if queue.withLock({ $0.isClosing }) {
            try? await Task.sleep(for: min(pause, .milliseconds(200)))
        } else {
            await closing.wait(timeout: pause)
        }
    }
}
