// SPDX-License-Identifier: Apache-2.0
// Martlet: the machine that the figures were made on; without it they mean nothing.

import FoundationEssentials
import Glibc
import Platform
import Postgres
import Redis

/// The machine and the servers.
struct MachineState: Codable, Sendable {
    var startedAt: String
    var kernel: String
    var processor: String
    var cores: Int
    var memoryBytes: Int
    /// The load average of the last minute when the run began, and when it ended: another's work shows here.
    var loadBefore: Double
    var loadAfter: Double
    var martlet: String
    var postgres: String
    var redis: String
    /// The server's settings that durability depends on.
    var postgresSettings: [String: String]
    var redisPersistence: String
    /// The median of 100 commits of one row each by one connection, in milliseconds.
    var commitMilliseconds: Double

    /// Looks at everything.
    static func look(_ lab: Lab) async throws -> MachineState {
        var names = utsname()
        uname(&names)
        let settings = try await postgresSettings(lab)
        return MachineState(
            startedAt: Timestamp.now().formatted(fractionDigits: 0),
            kernel: withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) },
            processor: line("/proc/cpuinfo", "model name") ?? "unknown",
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            memoryBytes: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)),
            loadBefore: load,
            loadAfter: load,
            martlet: BuildInfo.current.version,
            postgres: settings["server_version"] ?? "unknown",
            redis: try await lab.redisInfo("server")["redis_version"] ?? "unknown",
            postgresSettings: settings,
            redisPersistence: try await redisPersistence(lab),
            commitMilliseconds: try await commitLatency(lab)
        )
    }

    /// The load average of the last minute.
    static var load: Double {
        var averages = [0.0]
        return getloadavg(&averages, 1) == 1 ? averages[0] : 0
    }

    var summary: String {
        """
        \(processor), \(cores) cores, \(memoryBytes >> 30) GiB, Linux \(kernel), load \(shortNumber(loadBefore)) before the run
        Martlet \(martlet), PostgreSQL \(postgres) (\(durability)), Redis \(redis) (\(redisPersistence))
        one row committed in \(shortNumber(commitMilliseconds)) ms (median of 100)
        """
    }

    private var durability: String {
        ["fsync", "synchronous_commit", "full_page_writes", "shared_buffers"]
            .map { "\($0)=\(postgresSettings[$0] ?? "?")" }.joined(separator: ", ")
    }

    private static func line(_ file: String, _ key: String) -> String? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        guard let found = lines.first(where: { $0.hasPrefix(key) }), let mark = found.firstIndex(of: ":") else {
            return nil
        }
        return String(found[found.index(after: mark)...].drop { $0 == " " || $0 == "\t" })
    }

    private static func postgresSettings(_ lab: Lab) async throws -> [String: String] {
        let result = try await lab.admin.simpleQuery(
            """
            SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('server_version', 'fsync',
                'synchronous_commit', 'full_page_writes', 'wal_compression', 'shared_buffers', 'max_wal_size')
            """
        )
        var settings: [String: String] = [:]
        for row in 0..<(result.last?.rowCount ?? 0) {
            if let result = result.last { settings[try result.string(row, 0)] = try result.string(row, 1) }
        }
        return settings
    }

    private static func redisPersistence(_ lab: Lab) async throws -> String {
        var parts: [String] = []
        for name in ["appendonly", "appendfsync"] {
            let value = try await lab.redis.send(RedisCommand("CONFIG", "GET", name)).array?.last?.string
            parts.append("\(name) \(value ?? "?")")
        }
        return parts.joined(separator: ", ")
    }

    private static func commitLatency(_ lab: Lab) async throws -> Double {
        try await lab.admin.simpleQuery("CREATE TABLE IF NOT EXISTS martlet_bench_commit (i int)")
        var times: [Double] = []
        for i in 0..<100 {
            let start = ContinuousClock.now
            try await lab.admin.simpleQuery("INSERT INTO martlet_bench_commit VALUES (\(i))")
            times.append((ContinuousClock.now - start).milliseconds)
        }
        try await lab.admin.simpleQuery("DROP TABLE martlet_bench_commit")
        return times.median
    }
}
