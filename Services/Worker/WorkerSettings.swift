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
        shutdown = ShutdownSettings(reader)
        http = HTTPServiceSettings(reader, defaultPort: 8081, keys: nil)
        database = reader.postgres()
        redis = reader.redis()
        redisPrefix = reader.redisPrefix()
        busWindow = reader.busWindow()
        relayDeadline = reader.relayDeadline()
        kinds = BuiltInKindsSettings(reader: reader)
        options = Self.options(reader, shutdown)
    }

    private static func options(_ reader: SettingsReader, _ shutdown: ShutdownSettings) -> WorkerOptions {
        var options = WorkerOptions()
        options.queues = reader.list("MARTLET_QUEUES", default: [])
        for queue in options.queues where !JobLimits.isName(queue, limit: JobLimits.queueBytes) {
            reader.report(
                "MARTLET_QUEUES",
                problem: "\"\(queue)\" is not a queue's name",
                allowed: "letters, digits and . _ - : /"
            )
        }
        options.concurrency = reader.int("MARTLET_CONCURRENCY", default: options.concurrency, in: 1...100_000)
        options.maxPrefetch = reader.int("MARTLET_PREFETCH", default: options.maxPrefetch, in: 0...100_000)
        options.lease = reader.duration("MARTLET_LEASE", default: options.lease, in: .seconds(1) ... .seconds(3_600))
        options.timeout = reader.duration(
            "MARTLET_JOB_TIMEOUT",
            default: options.timeout,
            in: .milliseconds(100)...JobLimits.timeout
        )
        options.retentionDays = reader.int("MARTLET_RETENTION_DAYS", default: options.retentionDays, in: 1...3_650)
        options.maxLosses = reader.int("MARTLET_MAX_LOSSES", default: options.maxLosses, in: 1...1_000)
        options.name = reader.string("MARTLET_WORKER_NAME", default: "worker")
        options.version = BuildInfo.current.version
        // Running jobs get most of the time that the process has for its end; the rest is for recording how they ended.
        let longest = shutdown.gracefulTimeout - shutdown.drainDelay
        options.drain = reader.duration("MARTLET_DRAIN_TIMEOUT", default: longest * 2 / 3, in: .zero...longest)
        return options
    }
}
