// SPDX-License-Identifier: Apache-2.0
// Martlet: how far the log in the store lies behind the server.

internal import Jobs
internal import Logging
internal import Platform
internal import Postgres
internal import Recovery
internal import ServiceLifecycle

/// Asks the server every five seconds how long its log is, looks each minute how much of it the store has, and shows the
/// difference; a server that can't be asked leaves what was shown last.
struct LogWatch: Service {
    private let context: RunContext
    private let registry: MetricsRegistry
    private let receiver: WALReceiver?
    private let glance: CatalogueGlance
    private static let pause: Duration = .seconds(5)
    private static let rest: Duration = .seconds(60)

    init(_ context: RunContext, _ registry: MetricsRegistry, _ receiver: WALReceiver?, _ glance: CatalogueGlance) {
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
            var isTold = false
            while !Task.isCancelled {
                do {
                    let session = try await PostgresSession.connect(configuration, on: loop)
                    let end: Result<Void, RecoveryError>
                    do throws(RecoveryError) { end = .success(try await watch(session)) } catch {
                        end = .failure(error)
                    }
                    await session.close()
                    try end.get()
                } catch {
                    guard !Task.isCancelled else { return }
                    if !isTold { context.logger.warning("the log can't be watched", metadata: ["error": "\(error)"]) }
                    isTold = true
                }
                try? await Task.sleep(for: Self.rest)
            }
        }
    }

    /// Until it is cancelled.
    private func watch(_ session: PostgresSession) async throws(RecoveryError) {
        var (lag, known, looked) = (LogLag(), LogKnowledge?.none, ContinuousClock.Instant?.none)
        while !Task.isCancelled {
            // Without a look at the catalogue nobody knows which log is needed.
            if let place = try await ServerPlace.ask(session), let start = glance.start(of: place.system) {
                let isDue = looked.map { .now - $0 >= Self.rest } ?? true
                if isDue {
                    known = try await look(place, from: start, known)
                    looked = .now
                }
                if let standing = known?.standing, let stored = stored(standing) {
                    let age = lag.take(place.position, stored: stored, at: place.time)
                    let bytes = max(0, Int64(clamping: place.position.value) - Int64(clamping: stored.value))
                    BackupMetrics(registry, system: place.system).showLog(bytes: bytes, lag: age, gaps: standing.gaps)
                    if isDue { await tell(place, stored, bytes, lag: age, gaps: standing.gaps) }
                }
            }
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }

    private func stored(_ standing: LogStanding) -> LSN? {
        guard let received = receiver?.status.stored, received > .none else { return standing.end }
        return max(standing.end ?? .none, received)
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
    private func tell(_ place: ServerPlace, _ stored: LSN, _ bytes: Int64, lag: Duration, gaps: Int) async {
        guard receiver != nil else { return }
        await LedgerCopy(context).note(
            LogReceiverRecord(
                system: "\(place.system)",
                host: HostIdentity.name,
                timeline: place.timeline,
                position: "\(stored)",
                lagBytes: bytes,
                lag: lag,
                gaps: gaps
            )
        )
    }
}
