// SPDX-License-Identifier: Apache-2.0
// Martlet: all settings of martlet-worker.

internal import Jobs
internal import Platform
internal import Postgres
internal import Redis
internal import Web

/// What the operator decides.
struct WorkerSettings: Sendable {
    /// `LOG_LEVEL`, `LOG_FORMAT`.
    let logging: LoggingSettings
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `MARTLET_TRACE_SAMPLE` and so on.
    let tracing: TraceSettings
    /// `MARTLET_SHUTDOWN_TIMEOUT` and so on.
    let shutdown: ShutdownSettings
    /// `APP_PORT` (8081), `MARTLET_BIND` and so on: health and metrics alone.
    let http: HTTPServiceSettings
    /// `DATABASE_URL`; nil only if that is wrong, which ends the process.
    let database: PostgresConfiguration?
    /// `REDIS_URL`; nil only if that is wrong.
    let redis: RedisConfiguration?
    /// What every key in Redis begins with; `MARTLET_REDIS_PREFIX`, default `martlet`.
    let redisPrefix: String
    /// Most entries in one stream of the bus; `MARTLET_BUS_WINDOW`, default 10,000.
    let busWindow: Int
    /// `MARTLET_RELAY_DEADLINE`.
    let relayDeadline: Duration
    /// How the worker works.
    let options: WorkerOptions
    /// What the built-in kinds need.
    let kinds: BuiltInKindsSettings

    /// Reads them all; `reader.finish()` then tells what is wrong.
    init(_ reader: SettingsReader) {
        logging = LoggingSettings(reader)
        tracing = TraceSettings(reader, service: "martlet-worker")
        shutdown = ShutdownSettings(reader)
        http = HTTPServiceSettings(reader, defaultPort: 8081, keys: nil)
        database = reader.postgres()
        redis = reader.redis()
        redisPrefix = reader.redisPrefix()
        busWindow = reader.busWindow()
        relayDeadline = reader.relayDeadline()
        kinds = BuiltInKindsSettings(reader: reader)
        options = WorkerOptions(reader, shutdown: shutdown)
    }
}
