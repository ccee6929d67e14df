// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings of all programs, which may share one environment or one file.

/// The names of every program's own settings.
///
/// Programs that are started together see each other's variables. A name that belongs to a sibling is no mistake; a name that belongs to nobody nearly
/// always is. Tests hold each program's settings against this list.
public enum SiblingSettings {
    /// All names that begin with `MARTLET_`.
    public static let names: Set<String> = [
        "MARTLET_ACCESS_LOG", "MARTLET_ALLOW_CRASH_JOBS", "MARTLET_API_KEYS", "MARTLET_BATCH_CONCURRENCY",
        "MARTLET_BENCH_ROUTES", "MARTLET_BIND", "MARTLET_BUS_WINDOW", "MARTLET_CANCELLATION_TIMEOUT",
        "MARTLET_CONCURRENCY", "MARTLET_DATABASE_CONNECTIONS", "MARTLET_DATABASE_TIMEOUT", "MARTLET_DRAIN_DELAY",
        "MARTLET_DRAIN_TIMEOUT", "MARTLET_HEALTH_ADDRESS", "MARTLET_HEALTH_CONFIG", "MARTLET_HEALTH_LOCATION",
        "MARTLET_HEALTH_PORT", "MARTLET_HTTP_ALLOW", "MARTLET_HTTP_BACKLOG", "MARTLET_HTTP_BODY_TIMEOUT",
        "MARTLET_HTTP_CA_FILE", "MARTLET_HTTP_CONNECTIONS_PER_HOST", "MARTLET_HTTP_CONNECT_TIMEOUT",
        "MARTLET_HTTP_DNS_TTL", "MARTLET_HTTP_IDLE_TIMEOUT", "MARTLET_HTTP_MAX_CONNECTIONS", "MARTLET_JOB_TIMEOUT",
        "MARTLET_KIND_CONCURRENCY", "MARTLET_LEASE", "MARTLET_LOG_REPEATS", "MARTLET_MAX_LOSSES",
        "MARTLET_MIGRATE_ON_START",
        "MARTLET_PREFETCH", "MARTLET_QUEUES",
        "MARTLET_REDIS_PREFIX", "MARTLET_RELAY_DEADLINE", "MARTLET_RETENTION_DAYS", "MARTLET_SHUTDOWN_TIMEOUT",
        "MARTLET_TRACE_SAMPLE", "MARTLET_TRACE_SLOW", "MARTLET_WEBHOOK_SECRETS", "MARTLET_WORKER_NAME",
        "MARTLET_WORKER_PORT",
    ]
    /// Those of them that may also be given as the path of a file.
    static let secrets: Set<String> = ["MARTLET_API_KEYS", "MARTLET_WEBHOOK_SECRETS"]

    /// Whether a sibling reads this name.
    static func contains(_ name: String) -> Bool {
        names.contains(name) || (name.hasSuffix("_FILE") && secrets.contains(String(name.dropLast(5))))
    }
}
