// SPDX-License-Identifier: Apache-2.0
// Martlet: all settings of martlet-health.

internal import Health
internal import Jobs
internal import Platform
internal import Postgres
internal import Redis
internal import Web

/// What the operator decides.
struct HealthSettings: Sendable {
    /// `LOG_LEVEL`, `LOG_FORMAT`.
    let logging: LoggingSettings
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `MARTLET_TRACE_SAMPLE` and so on.
    let tracing: TraceSettings
    /// `MARTLET_SHUTDOWN_TIMEOUT` and so on.
    let shutdown: ShutdownSettings
    /// `APP_PORT` (8082), `MARTLET_BIND` and so on.
    let http: HTTPServiceSettings
    /// `MARTLET_API_KEYS`: the keys of operators; the public page needs none.
    let keys: APIKeys
    /// `DATABASE_URL`; nil only if that is wrong, which ends the process.
    let database: PostgresConfiguration?
    /// `REDIS_URL`; nil only if that is wrong.
    let redis: RedisConfiguration?
    /// `MARTLET_REDIS_PREFIX`.
    let redisPrefix: String
    /// `MARTLET_BUS_WINDOW`.
    let busWindow: Int
    /// `MARTLET_RELAY_DEADLINE`.
    let relayDeadline: Duration
    /// How the worker that tells operators works.
    let worker: WorkerOptions
    /// How the workers that tell subscribers work: mails, and webhooks.
    let subscribers: (mails: WorkerOptions, webhooks: WorkerOptions)
    /// `MARTLET_HEALTH_CONFIG`: the path of the configuration file; without one the parts of Martlet itself are watched.
    let file: String?
    /// `MARTLET_HEALTH_LOCATION`: where this process looks from; default `default`.
    let location: String
    /// `MARTLET_HEALTH_ADDRESS`: where other aggregators reach this one; default its host's name and port.
    let address: String?
    /// `API_BASE_URL`: where the API is, for the checks that are made without a file.
    let apiURL: String

    /// Reads them all; `reader.finish()` then tells what is wrong.
    init(_ reader: SettingsReader) {
        logging = LoggingSettings(reader)
        tracing = TraceSettings(reader, service: "martlet-health")
        shutdown = ShutdownSettings(reader)
        keys = APIKeys(reader)
        http = HTTPServiceSettings(reader, defaultPort: 8082, keys: keys)
        database = reader.postgres()
        redis = reader.redis()
        redisPrefix = reader.redisPrefix()
        busWindow = reader.busWindow()
        relayDeadline = reader.relayDeadline()
        var worker = WorkerOptions(reader, shutdown: shutdown, name: "martlet-health")
        worker.queues = [NotifyHandler.queue]
        worker.concurrency = 16
        self.worker = worker
        subscribers = (
            Self.worker(worker, SubscriptionDesk.queue, "subscribers"),
            Self.worker(worker, SubscriptionDesk.webhookQueue, "webhooks")
        )
        file = reader.string("MARTLET_HEALTH_CONFIG")
        location = reader.string("MARTLET_HEALTH_LOCATION", default: "default")
        address = reader.url("MARTLET_HEALTH_ADDRESS", schemes: ["http", "https"])
        apiURL = reader.url("API_BASE_URL", default: "http://127.0.0.1:8080", schemes: ["http", "https"])
        if location.isEmpty || location.utf8.count > 63 || location.contains(where: { $0.isNewline }) {
            reader.report(
                "MARTLET_HEALTH_LOCATION",
                problem: "it is empty or too long",
                allowed: "a name of 1 to 63 bytes"
            )
        }
    }

    /// The same for another queue; one worker of a process is enough to lead maintenance.
    private static func worker(_ options: WorkerOptions, _ queue: String, _ suffix: String) -> WorkerOptions {
        var options = options
        options.queues = [queue]
        options.name += "/\(suffix)"
        options.mayLead = false
        return options
    }
}
