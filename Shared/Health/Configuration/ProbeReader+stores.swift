// SPDX-License-Identifier: Apache-2.0
// Martlet: reads checks of PostgreSQL, of Redis, and of what reports to the ledger by itself.

internal import Platform
internal import Postgres
internal import Redis

extension ProbeReader {
    func postgres(_ fields: MapReader, _ expectations: Expectations) throws(ProbeConfigurationError) -> Made? {
        let url = fields.requiredText("url", allowed: "a PostgreSQL connection URL, such as ${DATABASE_URL}")
        let statement = fields.text("statement") ?? "SELECT 1"
        guard !url.isEmpty else { return nil }
        let configuration: PostgresConfiguration
        do throws(PostgresError) { configuration = try PostgresConfiguration(url: url) } catch {
            fields.report(
                "url",
                "is no PostgreSQL connection URL: \(error.message)",
                allowed: "postgres://user@host:5432/database"
            )
            return nil
        }
        var target = PostgresProbe.Target(configuration: configuration, statement: statement)
        target.expectations = expectations
        return Made(
            kind: "postgres",
            target: Self.redacted(url),
            probe: try PostgresProbe(target, resources: resources)
        )
    }

    func redis(_ fields: MapReader, _ expectations: Expectations) throws(ProbeConfigurationError) -> Made? {
        let url = fields.requiredText("url", allowed: "a Redis URL, such as ${REDIS_URL}")
        let role = fields.text("role", allowed: "master or slave")
        guard !url.isEmpty else { return nil }
        guard let configuration = try? RedisConfiguration(url: url) else {
            fields.report("url", "is no Redis URL", allowed: "redis://host:6379, rediss:// or unix://")
            return nil
        }
        var target = RedisProbe.Target(configuration: configuration, role: role)
        target.expectations = expectations
        return Made(kind: "redis", target: Self.redacted(url), probe: try RedisProbe(target, resources: resources))
    }

    func heartbeat(_ fields: MapReader, _ id: String, _ heartbeats: inout [String: Secret?]) -> Made? {
        guard
            let rule = fields.map(
                "heartbeat",
                { inner -> (Recurrence, Duration, Secret?)? in
                    let every = inner.recurrence("every", in: .seconds(1) ... .seconds(400 * 86_400))
                    let grace = inner.duration("grace", in: .zero ... .seconds(30 * 86_400))
                    let token = inner.text("token").map { Secret($0) }
                    guard let every else {
                        if !inner.has("every") {
                            inner.report("every", "is missing", allowed: "how often a report must come, such as 1d")
                        }
                        return nil
                    }
                    return (every, grace ?? every.interval.map { $0 / 10 } ?? .zero, token)
                }
            )
        else { return nil }
        heartbeats[id] = .some(rule.2)
        let probe = HeartbeatProbe(store: reader.store, name: id, every: rule.0, grace: rule.1, since: .now())
        let target = rule.0.interval.map { "a report every \($0.words)" } ?? "reports that are never due"
        return Made(kind: "heartbeat", target: target, probe: probe)
    }

    /// An address without what stands before the @.
    private static func redacted(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "a connection string" }
        let rest = url[scheme.upperBound...].prefix { $0 != "?" }
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        let host = rest[..<end].split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return "\(url[..<scheme.upperBound])\(host)\(rest[end...])"
    }
}
