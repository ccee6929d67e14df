// SPDX-License-Identifier: Apache-2.0
// Martlet: receives the log as it is written, and stores it within a second.
public import Logging
public import Postgres
public import ServiceLifecycle
internal import Resilience

/// Streams the log of a server into an archive, as a service.
///
/// A slot of its own has the server keep what is not stored yet. The position that is reported as flushed is in the
/// store, so that a server with this receiver among its `synchronous_standby_names` loses no acknowledged commit with
/// its disk. After a loss of the connection, or a new start, it goes on where the store ends.
public final class WALReceiver: Service {
    private let configuration: PostgresConfiguration
    private let archive: WALArchive
    private let settings: WALReceiverSettings
    private let logger: Logger
    private let onEvent: @Sendable (WALReceiverEvent) -> Void
    private let state = WALReceiverStatus()

    /// Makes a receiver.
    /// - Parameters:
    ///   - configuration: a role with REPLICATION; its application name is what `synchronous_standby_names` names.
    ///   - onEvent: told of what happens, on any thread; must not block.
    public init(
        _ configuration: PostgresConfiguration,
        into archive: WALArchive,
        settings: WALReceiverSettings,
        logger: Logger,
        onEvent: @escaping @Sendable (WALReceiverEvent) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.archive = archive
        self.settings = settings
        self.logger = logger
        self.onEvent = onEvent
    }

    /// How far the log is received and stored.
    public var status: WALReceiverState { state.withLock { $0 } }

    /// Receives until graceful shutdown or cancellation.
    /// - Throws: `.wrongSystem`, `.request`: what no new attempt changes.
    public func run() async throws {
        let loop = EventLoop(name: "wal-receiver")
        defer { loop.shutdown() }
        try await cancelWhenGracefulShutdown {
            var attempt = 0
            while !Task.isCancelled {
                do throws(RecoveryError) {
                    try await self.receive(on: loop) { attempt = 0 }
                } catch {
                    if Task.isCancelled || error.code == .cancelled { break }
                    if error.code == .wrongSystem || error.code == .request { throw error }
                    self.note(.lost(error))
                    self.logger.warning("lost the stream of the log", metadata: ["error": "\(error)"])
                }
                attempt += 1
                try? await Task.sleep(for: self.settings.backoff.delay(attempt: attempt))
            }
        }
    }

    /// One connection, timeline after timeline.
    private func receive(on loop: EventLoop, _ onProgress: () -> Void) async throws(RecoveryError) {
        let session: ReplicationSession
        do throws(PostgresError) {
            session = try await ReplicationSession.connect(configuration, on: loop, silence: settings.silence)
        } catch {
            throw .replication("the stream of the log", error)
        }
        let outcome: RecoveryError
        do throws(RecoveryError) {
            var place = try await start(WALStart(session, archive, settings))
            while true {
                let stream = try await open(session, place)
                note(.streaming(place.assembly.received, timeline: place.timeline))
                onProgress()
                let end = try await WALPump(stream, archive, place.assembly, state).run()
                place = try await WALStart(session, archive, settings).follow(end.next, at: end.position)
            }
        } catch {
            // What the server has removed will not come back: the next attempt begins behind it.
            if (error.cause as? PostgresError)?.sqlState == "58P01" { state.withLock { $0.isBehind = true } }
            outcome = error
        }
        await session.close()
        throw outcome
    }

    /// Where the store ends; or, after log was removed that was not received, where the server's log begins.
    private func start(_ start: WALStart) async throws(RecoveryError) -> WALStart.Place {
        let place = try await start.find()
        guard state.withLock({ $0.isBehind }) else { return place }
        let next = try await start.fresh()
        let (lost, found) = (place.assembly.received, next.assembly.received)
        state.withLock { $0.isBehind = false }
        guard lost < found else { return place }
        note(.gap(from: lost, to: found))
        logger.error(
            "the server has removed log that was not received: take a new backup",
            metadata: ["from": "\(lost)", "to": "\(found)"]
        )
        return next
    }

    private func open(_ session: ReplicationSession, _ place: WALStart.Place) async throws(RecoveryError) -> LogStream {
        do throws(PostgresError) {
            return try await session.stream(
                from: place.assembly.received,
                timeline: place.timeline,
                slot: settings.slot
            )
        } catch {
            throw .replication("the stream of the log", error)
        }
    }

    private func note(_ event: WALReceiverEvent) {
        state.withLock { $0.take(event) }
        onEvent(event)
    }
}
