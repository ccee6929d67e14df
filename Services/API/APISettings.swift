// SPDX-License-Identifier: Apache-2.0
// Martlet: all settings of martlet-api.

internal import Jobs
internal import Platform
internal import Postgres
internal import Redis
internal import Web

/// What the operator decides.
struct APISettings: Sendable {
    /// `LOG_LEVEL`, `LOG_FORMAT`.
    let logging: LoggingSettings
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `MARTLET_TRACE_SAMPLE` and so on.
    let tracing: TraceSettings
    /// `MARTLET_SHUTDOWN_TIMEOUT` and so on.
    let shutdown: ShutdownSettings
    /// `MARTLET_API_KEYS`.
    let keys: APIKeys
    /// `APP_PORT` (8080), `MARTLET_BIND` and so on.
    let http: HTTPServiceSettings
    /// `DATABASE_URL`; nil only if that is wrong, which ends the process.
    let database: PostgresConfiguration?
    /// `REDIS_URL`; nil only if that is wrong.
    let redis: RedisConfiguration?
    /// What every key in Redis begins with; `MARTLET_REDIS_PREFIX`, default `martlet`.
    let redisPrefix: String
    /// Most entries in one stream of the bus; `MARTLET_BUS_WINDOW`, default 10,000.
    let busWindow: Int
    /// How long a job may be on its way to a worker unheard of; `MARTLET_RELAY_DEADLINE`, default 30 s.
    let relayDeadline: Duration
    /// Connections of each of the four pools (single jobs, keys, batches, reads); `MARTLET_DATABASE_CONNECTIONS`, default 2.
    let connectionsPerPool: Int
    /// How long the ledger may take over one statement; `MARTLET_DATABASE_TIMEOUT`, default 10 s.
    let databaseTimeout: Duration
    /// Batches worked on at once; `MARTLET_BATCH_CONCURRENCY`, default 8.
    let batchConcurrency: Int
    /// Whether to migrate before serving; `MARTLET_MIGRATE_ON_START`, default false.
    let migratesOnStart: Bool
    /// Whether `POST /v1/noop-benchmark` exists; `MARTLET_BENCH_ROUTES`, default false.
    let hasBenchmarkRoutes: Bool

    /// Reads them all; `reader.finish()` then tells what is wrong.
    init(_ reader: SettingsReader) {
        logging = LoggingSettings(reader)
        tracing = TraceSettings(reader, service: "martlet-api")
        shutdown = ShutdownSettings(reader)
        keys = APIKeys(reader)
        http = HTTPServiceSettings(reader, defaultPort: 8080, keys: keys)
        database = reader.postgres()
        redis = reader.redis()
        redisPrefix = reader.redisPrefix()
        busWindow = reader.busWindow()
        relayDeadline = reader.relayDeadline()
        connectionsPerPool = reader.int("MARTLET_DATABASE_CONNECTIONS", default: 2, in: 2...64)
        databaseTimeout = reader.duration(
            "MARTLET_DATABASE_TIMEOUT",
            default: .seconds(10),
            in: .milliseconds(100) ... .seconds(300)
        )
        batchConcurrency = reader.int("MARTLET_BATCH_CONCURRENCY", default: 8, in: 1...256)
        migratesOnStart = reader.bool("MARTLET_MIGRATE_ON_START", default: false)
        hasBenchmarkRoutes = reader.bool("MARTLET_BENCH_ROUTES", default: false)
    }

    /// The database's configuration; `reader.finish()` has made sure of it.
    func requireDatabase() throws(PlatformError) -> PostgresConfiguration {
        guard let database else { throw PlatformError(.configuration, "DATABASE_URL can't be used") }
        return database
    }

    /// The configuration of Redis; `reader.finish()` has made sure of it.
    func requireRedis() throws(PlatformError) -> RedisConfiguration {
        guard let redis else { throw PlatformError(.configuration, "REDIS_URL can't be used") }
        return redis
    }
}
