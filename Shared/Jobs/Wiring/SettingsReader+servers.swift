// SPDX-License-Identifier: Apache-2.0
// Where the servers are, read the same way by every program.

public import Platform
public import Postgres
public import Redis

extension SettingsReader {
    /// `DATABASE_URL`, default `postgres://127.0.0.1:5432/martlet`; nil only when it is wrong, which `finish()` reports.
    public func postgres() -> PostgresConfiguration? {
        let key = "DATABASE_URL"
        let text = url(key, default: "postgres://127.0.0.1:5432/martlet", schemes: ["postgres", "postgresql"])
        do {
            return try PostgresConfiguration(url: text)
        } catch {
            report(key, problem: "\(error)", allowed: "a libpq connection URL")
            return nil
        }
    }

    /// `REDIS_URL`, default `redis://127.0.0.1:6379`; nil only when it is wrong, which `finish()` reports.
    public func redis() -> RedisConfiguration? {
        let key = "REDIS_URL"
        let text = url(key, default: "redis://127.0.0.1:6379", schemes: ["redis", "rediss", "redis+unix", "unix"])
        do {
            return try RedisConfiguration(url: text)
        } catch {
            report(key, problem: "\(error)", allowed: "a Redis URL")
            return nil
        }
    }
}

extension SettingsReader {
    /// `MARTLET_RELAY_DEADLINE`: how long a job may be on its way to a worker unheard of, default 30 s; the same for every program.
    public func relayDeadline() -> Duration {
        duration("MARTLET_RELAY_DEADLINE", default: .seconds(30), in: .seconds(1) ... .seconds(3_600))
    }

    /// `MARTLET_REDIS_PREFIX`: what every key in Redis begins with, default `martlet`.
    public func redisPrefix() -> String { string("MARTLET_REDIS_PREFIX", default: "martlet") }

    /// `MARTLET_BUS_WINDOW`: most entries in one stream of the bus, default 10,000.
    public func busWindow() -> Int { int("MARTLET_BUS_WINDOW", default: 10_000, in: 64...1_000_000) }
}
