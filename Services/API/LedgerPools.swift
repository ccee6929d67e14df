// SPDX-License-Identifier: Apache-2.0
// Martlet: the connections to the ledger: separate ones for single jobs, keys, batches and reads, so that none waits behind another's statement.

internal import Jobs
internal import Logging
internal import Platform
internal import Postgres
internal import ServiceLifecycle

/// Four pools on one event loop, and a ledger over each; they share what is known of queues.
struct LedgerPools: Sendable {
    let loop: EventLoop
    let pools: [PostgresPool]
    /// For single jobs without keys: short transactions that wait for nobody.
    let singles: Ledger
    /// For single jobs with keys, which may wait for somebody else's transaction.
    let keys: Ledger
    /// For batches: long statements.
    let batches: Ledger
    /// For everything else.
    let reads: Ledger

    init(_ settings: APISettings, metrics: MetricsRegistry, logger: Logger) throws {
        let loop = EventLoop(name: "postgres")
        var connection = try settings.requireDatabase()
        connection.statementTimeout = settings.databaseTimeout
        connection.lockTimeout = min(settings.databaseTimeout, .seconds(5))
        connection.silenceMargin = .seconds(2)
        connection.connectTimeout = .seconds(2)
        let pools = ["singles", "keys", "batches", "reads"].map { name in
            // Reads walk along indexes, and must go on to do so with plans made while the tables were empty; a batch with unique keys, on
            // the other hand, needs its hash join.
            connection.serverSettings = name == "reads" ? LedgerTuning.settings : [("jit", "off")]
            connection.applicationName = "\(APIService.name)/\(name)"
            var configuration = PostgresPoolConfiguration(
                connection,
                name: name,
                connections: settings.connectionsPerPool
            )
            // A client is better served by a quick 503 than by a slow one; and the pool returns within a second of the server's return.
            configuration.acquireTimeout = .milliseconds(500)
            configuration.maxBackoff = .seconds(1)
            configuration.observe(in: metrics)
            return PostgresPool(configuration, loops: [loop], logger: logger)
        }
        let queues = QueueDirectory()
        self.loop = loop
        self.pools = pools
        singles = Ledger(pool: pools[0], queues: queues, relayDeadline: settings.relayDeadline)
        keys = Ledger(pool: pools[1], queues: queues, relayDeadline: settings.relayDeadline)
        batches = Ledger(pool: pools[2], queues: queues, relayDeadline: settings.relayDeadline)
        reads = Ledger(pool: pools[3], queues: queues, relayDeadline: settings.relayDeadline)
    }

    /// The pools as services.
    var all: [any Service] { pools }

    /// Whether there is a connection, or no failure yet to conclude from.
    var isReachable: @Sendable () -> Bool {
        { [pools] in
            pools.contains { pool in
                let status = pool.status
                return status.open > 0 || status.lastFailure == nil
            }
        }
    }

    /// The pool that health checks ask.
    var forHealth: PostgresPool { pools[3] }
}
