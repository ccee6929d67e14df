// SPDX-License-Identifier: Apache-2.0
// The bus: Redis streams that carry work, and the agreement with the ledger on which Redis they live in.

public import Logging
internal import NIOCore
public import Redis
public import ServiceLifecycle
internal import Synchronization

/// The bus in Redis. Nothing in it is needed to recover: whatever it forgets, the ledger hands out anew.
///
/// A bus works within a generation. A random mark, stored under a key that names the very server process (its run id), ties Redis to a generation number in the
/// ledger. A server that was flushed, restarted, failed over or restored from a snapshot lacks the right mark, gets a new one, and so a new generation begins:
/// other stream keys, and every row that bears another generation is dispatched anew.
public final class Bus: Service {
    struct State {
        var generation: Int32?
        var mark: String?
        var markKey: String?
        var window: BusWindow
        var changes = 0
        /// Whether the server has no memory for more; what it holds can still be read and removed.
        var isFull = false
    }

    /// The shared connection.
    let client: RedisClient
    let ledger: Ledger
    let prefix: String
    let logger: Logger
    let state: Mutex<State>

    /// The consumer group that all workers share.
    static let group = "workers"
    /// How often a process looks whether Redis still bears the mark.
    private static let checkInterval: Duration = .seconds(1)

    /// Creates a bus.
    ///
    /// - Parameters:
    ///   - client: A client whose `run()` somebody else owns.
    ///   - ledger: Where generations are agreed on.
    ///   - prefix: What every key begins with.
    ///   - window: Most entries in one stream, 64 or more; 10,000 by default.
    public init(client: RedisClient, ledger: Ledger, prefix: String = "martlet", window: Int = 10_000, logger: Logger) {
        self.client = client
        self.ledger = ledger
        self.prefix = prefix
        self.logger = logger
        state = Mutex(State(window: BusWindow(limit: max(64, window))))
    }

    /// The generation that this process works in; nil while Redis is away or not yet agreed on.
    public var generation: Int32? { client.isConnected ? state.withLock { $0.generation } : nil }

    /// Whether there is a bus; it may be full.
    public var isConnected: Bool { generation != nil }

    /// The generation in which new jobs can go over the bus; nil while it is away or has no memory for more.
    var openGeneration: Int32? { generation.flatMap { number in state.withLock { $0.isFull ? nil : number } } }

    /// Whether new jobs can go over the bus.
    public var isOpen: Bool { openGeneration != nil }

    /// How often the generation changed while this process ran.
    public var generationChanges: Int { state.withLock { $0.changes } }

    func streamKey(_ lane: Lane, generation: Int32) -> String { "\(prefix):\(generation):\(lane.rawValue)" }

    /// Keeps the generation right until graceful shutdown.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.checkOnConnect() }
            group.addTask { await self.checkRegularly() }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func checkOnConnect() async {
        for await event in client.events() {
            switch event {
            case .connected: await check()
            case .disconnected: state.withLock { $0.generation = nil }
            }
        }
    }

    private func checkRegularly() async {
        while !Task.isCancelled {
            await check()
            try? await Task.sleep(for: Self.checkInterval)
        }
    }

    /// Compares Redis with what is agreed, and begins a new generation if it is not the Redis that we knew.
    func check() async {
        guard client.isConnected else { return }
        do {
            try await agree()
        } catch {
            guard !Task.isCancelled else { return }
            let was = state.withLock { state in
                defer { state.generation = nil }
                return state.generation
            }
            logger.log(
                level: was == nil ? .debug : .warning,
                "the bus is not used: it could not be checked",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private func agree() async throws {
        let key = "\(prefix):mark:\(client.serverRunID ?? "unknown")"
        let replies = try await client.pipeline([
            RedisCommand("GET", key), RedisCommand("SET", "\(prefix):probe", "1", "PX", "10000"),
        ])
        guard replies.count == 2 else { throw RedisError(.unexpectedReply, "two commands have two replies") }
        if let error = replies[0].serverError { throw error }
        try note(probe: replies[1])
        let present = replies[0].string
        let isKnown = state.withLock {
            $0.generation != nil && $0.markKey == key && $0.mark == present && present != nil
        }
        if isKnown { return }
        let mark = try await agreedMark(key, present: present)
        let generation = try await ledger.busGeneration(mark: mark)
        let previous = state.withLock { state in
            let previous = state.generation
            if state.mark != mark || state.markKey != key {
                state.window = BusWindow(limit: state.window.limit)
                if state.mark != nil { state.changes += 1 }
            }
            state.mark = mark
            state.markKey = key
            state.generation = generation
            return previous
        }
        if previous != generation {
            logger.info("bus generation agreed", metadata: ["generation": "\(generation)"])
        }
    }

    /// A server that answers may refuse to write. One without memory still hands out what it holds; any other refusal (no disk, no replicas, a
    /// replica itself) makes it useless, since reading from a group writes too.
    private func note(probe reply: RedisValue) throws(RedisError) {
        let error = reply.serverError
        if let error, error.serverPrefix != "OOM" { throw error }
        let isFull = error != nil
        let was = state.withLock { state in
            defer { state.isFull = isFull }
            return state.isFull
        }
        if isFull, !was { logger.warning("Redis has no memory for more: jobs come from the ledger meanwhile") }
        if was, !isFull { logger.notice("Redis has memory again") }
    }

    /// The mark that Redis bears; if it bears none, whichever of the processes that notice is first sets it.
    private func agreedMark(_ key: String, present: String?) async throws -> String {
        if let present { return present }
        let candidate = String(UInt64.random(in: 1...UInt64.max), radix: 16)
        let replies = try await client.pipeline([
            RedisCommand("SET", key, candidate, "NX"), RedisCommand("GET", key),
        ])
        guard replies.count == 2, let mark = replies[1].string else {
            throw RedisError(.unexpectedReply, "the mark was not kept")
        }
        return mark
    }
}
