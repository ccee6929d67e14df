// SPDX-License-Identifier: Apache-2.0
// Martlet: the servers and programs that the benchmark was given.

import FoundationEssentials
import Glibc

/// Where everything is, read from the environment.
struct Surroundings: Sendable {
    /// An administrator's URL of a PostgreSQL server that may be filled.
    let databaseURL: String
    /// The URL of a Redis server that may be flushed.
    let redisURL: String
    /// The folder of martlet-api, martlet-worker and martlet-health.
    let programs: String
    /// For `--peers`: an interpreter that has their packages, and their programs' folder.
    let python: String?
    let ruby: String?
    let peers: String?
    /// What is handed on to Martlet's programs.
    let settings: [String: String]

    init() throws(BenchError) {
        let environment = ProcessInfo.processInfo.environment
        databaseURL = try Self.required("MARTLET_BENCH_DATABASE_URL", environment)
        redisURL = try Self.required("MARTLET_BENCH_REDIS_URL", environment)
        programs = try Self.required("MARTLET_BENCH_BIN", environment)
        python = environment["MARTLET_BENCH_PYTHON"]
        ruby = environment["MARTLET_BENCH_RUBY"]
        peers = environment["MARTLET_BENCH_PEERS"]
        settings = environment.filter { name, _ in
            let isOurs = name.hasPrefix("MARTLET_BENCH_") || name.hasPrefix("MARTLET_TEST_")
            return (name.hasPrefix("MARTLET_") && !isOurs) || name.hasPrefix("LOG_")
        }
        for program in ["martlet-api", "martlet-worker", "martlet-health"]
        where access("\(programs)/\(program)", X_OK) != 0 {
            throw BenchError(.surroundings, "there is no \(program) in \(programs) (MARTLET_BENCH_BIN)")
        }
    }

    private static func required(_ name: String, _ environment: [String: String]) throws(BenchError) -> String {
        guard let value = environment[name], !value.isEmpty else {
            throw BenchError(.surroundings, "\(name) is not set; ./dev bench does it")
        }
        return value
    }

    /// The same server with another database.
    func url(ofDatabase name: String) -> String {
        guard let scheme = databaseURL.firstRange(of: "://") else { return databaseURL }
        let rest = databaseURL[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let query = rest.firstIndex(of: "?").map { String(rest[$0...]) } ?? ""
        return "\(databaseURL[..<scheme.upperBound])\(authority)/\(name)\(query)"
    }
}
