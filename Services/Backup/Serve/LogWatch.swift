// SPDX-License-Identifier: Apache-2.0
// Martlet: how far the log in the store lies behind the server.

internal import Jobs
internal import Logging
internal import Platform
internal import Postgres
internal import Recovery
internal import ServiceLifecycle

/// Asks the server every five seconds how long its log is, looks each minute how much of it the store has, and shows the
/// difference; a server that can't be asked leaves what was shown last, and a store that is away lets the
/// difference grow.
struct LogWatch: Service {
    private let context: RunContext
    private let registry: MetricsRegistry
    private let receiver: LogReceiver?
    private let glance: CatalogueGlance
    private static let pause: Duration = .seconds(5)

    init(_ context: RunContext, _ registry: MetricsRegistry, _ receiver: LogReceiver?, _ glance: CatalogueGlance) {
        self.context = context
        self.registry = registry
        self.receiver = receiver
        self.glance = glance
    }

    func run() async throws {
        guard var database = context.settings.database else { return }
        database.applicationName = "martlet-log-watch"
        let (configuration, loop) = (database, EventLoop(name: "log-watch"))
        defer { loop.shutdown() }
        await cancelWhenGracefulShutdown {
            var (memory, isTold) = (LogMemory(), false)
            while !Task.isCancelled {
                do {
                    try await PostgresSession.lend(configuration, on: loop) { session throws(RecoveryError) in
                        try await watch(session, &memory) { isTold = false }
                    }
                    .get()
                } catch {
                    guard !Task.isCancelled else { return }
                    if !isTold { context.logger.warning("the log can't be watched", metadata: ["error": "\(error)"]) }
                    isTold = true
                }
                try? await Task.sleep(for: LogMemory.rest)
            }
        }
    }

    /// Until it is cancelled, or the server is away.
    /// - Parameter onAnswer: Runs whenever the server answered.
    private func watch(
        _ session: PostgresSession,
        _ memory: inout LogMemory,
        onAnswer: () -> Void
    ) async throws(RecoveryError) {
        while !Task.isCancelled {
            let place = try await ServerPlace.ask(session)
            onAnswer()
            // Without a look at the catalogue nobody knows which log is needed.
            if let place, let start = glance.start(of: place.system) { await show(place, from: start, &memory) }
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }

    private func show(_ place: ServerPlace, from start: LSN?, _ memory: inout LogMemory) async {
        let isDue = memory.isDue(of: place.system, at: .now)
        if isDue {
            let error = await memory.look(at: .now) { known throws(RecoveryError) in
                try await look(place, from: start, known)
            }
            if let error, !Task.isCancelled {
                context.logger.warning("the log in the store can't be seen", metadata: ["error": "\(error)"])
            }
        }
        guard let figures = memory.take(place, received: receiver?.stored ?? .none) else { return }
        BackupMetrics(registry, system: place.system)
            .showLog(bytes: figures.bytes, lag: figures.lag, gaps: figures.gaps)
        if isDue { await tell(place, figures) }
    }

    private func look(
        _ place: ServerPlace,
        from start: LSN?,
        _ known: LogKnowledge?
    ) async throws(RecoveryError) -> LogKnowledge {
        let archive = try await context.archive(of: place.system)
        guard var known, known.timeline == place.timeline else {
            let (coverage, histories) = try await archive.coverage(segmentSize: place.segmentSize)
            let standing = LogStanding(coverage, histories: histories, timeline: place.timeline, from: start)
            return LogKnowledge(standing, timeline: place.timeline, from: start)
        }
        let next = known.next(from: start)
        let coverage = try await archive.coverage(of: place.timeline, from: next, segmentSize: place.segmentSize)
        known.take(LogStanding(coverage, histories: [], timeline: place.timeline, from: next), from: next)
        return known
    }

    /// Dashboards see it in the ledger.
    private func tell(_ place: ServerPlace, _ figures: LogMemory.Figures) async {
        guard receiver != nil else { return }
        await LedgerCopy(context).note(
            LogReceiverRecord(
                system: "\(place.system)",
                host: HostIdentity.name,
                timeline: place.timeline,
                position: "\(figures.stored)",
                lagBytes: figures.bytes,
                lag: figures.lag,
                gaps: figures.gaps
            )
        )
    }
}
