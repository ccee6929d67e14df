// SPDX-License-Identifier: Apache-2.0
// Martlet: LISTEN on a connection of its own that survives losses.

public import Logging
public import ServiceLifecycle

/// Notifications of some channels, as a service.
///
/// ```swift
/// let listener = PostgresListener(configuration, on: loop, channels: ["job"], logger: logger)
/// // `run()` goes into the service group; one consumer reads the events:
/// for await event in listener.events { … }
/// ```
/// Notifications sent while no connection listens are lost. After each (re)connect, once LISTEN is in force, the stream
/// therefore bears one `.resync`: look at the tables then. It also does so when the consumer was too slow.
public final class PostgresListener: Service {
    /// What the stream bears.
    public enum Event: Sendable, Hashable {
        /// Somebody notified.
        case notification(PostgresNotification)
        /// Notifications may have been missed before this point.
        case resync
    }

    /// The events, for one consumer; ends with `run()`.
    public let events: AsyncStream<Event>
    private let sink: AsyncStream<Event>.Continuation
    private let configuration: PostgresConfiguration
    private let loop: EventLoop
    private let channels: [String]
    private let logger: Logger
    private let pingInterval: Duration

    /// Makes a listener.
    /// - Parameters:
    ///   - bufferLimit: events kept for a slow consumer; the oldest give way, and a `.resync` says so; default 1024.
    ///   - pingInterval: how often the connection is asked for a sign of life; default 15 s.
    public init(
        _ configuration: PostgresConfiguration,
        on loop: EventLoop,
        channels: [String],
        bufferLimit: Int = 1_024,
        pingInterval: Duration = .seconds(15),
        logger: Logger
    ) {
        self.configuration = configuration
        self.loop = loop
        self.channels = channels
        self.logger = logger
        self.pingInterval = pingInterval
        (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(max(2, bufferLimit)))
    }

    /// Listens until graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(.milliseconds(100), .seconds(5))
            while !Task.isCancelled {
                do throws(PostgresError) {
                    try await self.listenOnce { backoff.reset() }
                } catch {
                    guard error.code != .cancelled, !Task.isCancelled else { break }
                    self.logger.warning("lost the notifications' connection", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: backoff.next())
            }
        }
        sink.finish()
    }

    private func listenOnce(_ onListening: () -> Void) async throws(PostgresError) {
        let session = try await PostgresSession.connect(configuration, on: loop)
        let sink = sink
        await session.setNotificationHandler { Self.offer(.notification($0), to: sink) }
        do throws(PostgresError) {
            let script = channels.map { "LISTEN \(PostgresHandle.quoted($0))" }.joined(separator: "; ")
            try await session.simpleQuery(script)
            onListening()
            Self.offer(.resync, to: sink)
            while await !session.hasEnded(within: pingInterval) {
                // A server that hangs leaves the socket open; only an unanswered question shows it.
                try await session.simpleQuery("", deadline: configuration.connectTimeout)
            }
            throw await session.ended()
        } catch {
            await session.close()
            throw error
        }
    }

    private static func offer(_ event: Event, to sink: AsyncStream<Event>.Continuation) {
        if case .dropped = sink.yield(event), event != .resync { sink.yield(.resync) }
    }
}
