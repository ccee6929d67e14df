// SPDX-License-Identifier: Apache-2.0
// Martlet: the shared, pipelined connection to Redis.

public import Logging
public import NIOCore
public import NIOPosix
public import ServiceLifecycle
internal import Synchronization

/// One connection that all callers share; their commands are pipelined by themselves.
///
/// ```swift
/// let redis = try RedisClient(configuration: RedisConfiguration(url: "redis://127.0.0.1:6379"), logger: logger)
/// // Run it in a ServiceGroup, then from any task:
/// let length = try await redis.send(RedisCommand("XLEN", "work")).int
/// ```
///
/// While there is no connection commands fail at once with `.unavailable`, except at the very start, where they wait for
/// ``RedisConfiguration/initialConnectWait``. A cancelled caller leaves the connection alone; its reply is discarded.
public final class RedisClient: Service {
    /// The settings of this client.
    public let configuration: RedisConfiguration
    let connector: RedisConnector
    let logger: Logger
    private let board: ConnectionBoard
    private let limits: RedisConnection.Pipeline.Limits
    private let hasRun = Mutex(false)

    /// Makes a client; it connects when ``run()`` is called.
    ///
    /// Throws `.configuration` when the settings or the TLS files are unusable.
    public init(
        configuration: RedisConfiguration,
        logger: Logger,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(RedisError) {
        self.configuration = configuration
        self.logger = logger
        connector = try RedisConnector(configuration: configuration, eventLoop: eventLoopGroup.next())
        board = ConnectionBoard(maxWaiters: configuration.maxCommandsInFlight)
        limits = .init(commands: configuration.maxCommandsInFlight, bytes: configuration.maxBytesInFlight)
    }

    // MARK: State

    /// True while commands can be sent.
    public var isConnected: Bool { board.current?.connection.isOpen ?? false }

    /// How many connections this client has made; 0 before the first.
    public var epoch: UInt64 { board.epoch }

    /// The `run_id` of the server that is connected now; nil without a connection or without the right to read it.
    public var serverRunID: String? { board.current?.runID }

    /// Changes of the connection, beginning with the present one; each call makes an independent stream of the newest 16.
    public func events() -> AsyncStream<RedisConnectionEvent> { board.listen() }

    /// The client's counters.
    public var statistics: RedisClientStatistics {
        let connection = board.current?.connection
        let inFlight = connection?.inFlight ?? (commands: 0, bytes: 0)
        return RedisClientStatistics(
            isConnected: connection?.isOpen ?? false,
            epoch: board.epoch,
            failedConnects: board.failedConnects,
            commandsInFlight: inFlight.commands,
            bytesInFlight: inFlight.bytes
        )
    }

    // MARK: Commands

    /// Sends one command and returns its reply.
    ///
    /// Throws `.server` for an error reply, `.unavailable`, `.overloaded` or `.connectionLost` when nothing was sent, and
    /// `.outcomeUnknown` when the connection ended before the reply came. Must not be used for blocking commands.
    public func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        try await observed(command) { () async throws(RedisError) in
            let connection = try await connection()
            let replies = try await connection.send(command.encoded, count: 1, timeout: connector.commandTimeout)
            guard let reply = replies.first else { throw RedisError(.unexpectedReply, "no reply") }
            return try reply.get()
        }
    }

    /// Sends several commands in one write and returns their replies in order; error replies stay inside.
    ///
    /// The commands run one after the other, but those of other callers' connections may come in between.
    public func pipeline(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisValue] {
        guard let first = commands.first else { return [] }
        return try await observed(first) { () async throws(RedisError) in
            var bytes = ByteBuffer()
            bytes.reserveCapacity(commands.reduce(0) { $0 + $1.byteCount })
            for command in commands { bytes.writeImmutableBuffer(command.encoded) }
            let connection = try await connection()
            return try await connection.send(bytes, count: commands.count, timeout: connector.commandTimeout)
        }
    }

    private func observed<Value>(
        _ command: RedisCommand,
        _ body: () async throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        guard let onCall = configuration.onCall else { return try await body() }
        let start = ContinuousClock.now
        do throws(RedisError) {
            let value = try await body()
            onCall(command.name, .now - start, nil)
            return value
        } catch {
            onCall(command.name, .now - start, error)
            throw error
        }
    }

    private func connection() async throws(RedisError) -> RedisConnection {
        switch board.find() {
        case .connected(let opened): return opened.connection
        case .disconnected: break
        case .pending(let startTimer):
            if startTimer {
                let board = board
                connector.eventLoop.scheduleTask(in: TimeAmount(configuration.initialConnectWait)) {
                    board.endInitialWait()
                }
            }
            if let opened = try await board.waitForFirst() { return opened.connection }
        }
        throw RedisError(.unavailable, "there is no connection to the server")
    }

    // MARK: Lifecycle

    /// Keeps the connection up until graceful shutdown or cancellation; can be called once.
    public func run() async throws {
        let isFirst = hasRun.withLock { hasRun in
            defer { hasRun = true }
            return !hasRun
        }
        guard isFirst else { throw RedisError(.configuration, "the client was already run") }
        await cancelWhenGracefulShutdown { await self.stayConnected() }
        board.finish()
    }

    private func stayConnected() async {
        var failures = 0
        while !Task.isCancelled {
            do throws(RedisError) {
                let opened = try await connector.open(role: nil, limits: limits)
                let start = ContinuousClock.now
                await serve(opened)
                // A server that accepts and hangs up must not be hammered.
                failures = start.duration(to: .now) > configuration.backoff.cap ? 1 : failures + 1
            } catch {
                guard error.code != .cancelled else { break }
                failures += 1
                board.noteFailedConnect()
                log(error, failures: failures)
            }
            guard !Task.isCancelled else { break }
            try? await Task.sleep(for: configuration.backoff.delay(afterFailures: failures))
        }
    }

    private func serve(_ opened: RedisConnector.Opened) async {
        let epoch = board.publish(opened)
        opened.connection.startHeartbeat()
        logger.debug("redis connected", metadata: ["epoch": "\(epoch)", "server": "\(configuration)"])
        await withTaskCancellationHandler {
            await opened.connection.waitUntilClosed()
        } onCancel: {
            opened.connection.drain(timeout: TimeAmount(configuration.drainTimeout))
        }
        board.retract()
        guard !Task.isCancelled else { return }
        logger.warning("redis connection lost", metadata: ["epoch": "\(epoch)", "server": "\(configuration)"])
    }

    /// Warns at the first failure and then ever more rarely: an outage of an hour is not thousands of lines.
    private func log(_ error: RedisError, failures: Int) {
        let isRare = failures & (failures - 1) == 0
        logger.log(
            level: isRare ? .warning : .debug,
            "redis connection failed",
            metadata: ["error": "\(error)", "failures": "\(failures)", "server": "\(configuration)"]
        )
    }
}
