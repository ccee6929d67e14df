// SPDX-License-Identifier: Apache-2.0
// Martlet: a job queue of another kind, driven by its program in Benchmarks/peers.

import FoundationEssentials
import Redis

/// A job queue that comes as a program of its own language.
struct ProgramQueue: PeerQueue {
    let name: String
    let store: String
    let usesRedis: Bool
    let bestConcurrency: Int
    /// The program and its interpreter.
    let command: [String]
    /// Finished jobs by SQL, `$JOBS` standing for how many there were; nil for a queue in Redis.
    let finishedSQL: String?

    func version(_ lab: Lab) async throws -> String {
        String(try await run(["version"], lab, database: nil).filter { !$0.isWhitespace })
    }

    func with<Value: Sendable>(_ lab: Lab, _ body: (any PeerStore) async throws -> Value) async throws -> Value {
        guard let finishedSQL else {
            _ = try await lab.redis.send(RedisCommand("FLUSHALL"))
            let value = try await body(RedisPeerStore(lab: lab, queue: self))
            _ = try await lab.redis.send(RedisCommand("FLUSHALL"))
            return value
        }
        return try await BenchDatabase.with(lab, name.filter(\.isLetter), template: nil) { database in
            let store = SQLPeerStore(lab: lab, queue: self, database: database, finishedSQL: finishedSQL)
            _ = try await run(["setup"], lab, database: database.name)
            return try await body(store)
        }
    }

    /// Runs a command of the program to its end and returns what it printed.
    func run(_ arguments: [String], _ lab: Lab, database: String?) async throws -> String {
        let log = "\(name).\(arguments.joined(separator: "-")).log"
        try? FileManager.default.removeItem(atPath: lab.folder.path(log))
        let process = try start(arguments, lab, database: database, log: log)
        guard try await process.end(within: .seconds(300)) == 0 else {
            throw BenchError(.program, "\(name) \(arguments.joined(separator: " ")) failed:\n\(lab.folder.tail(log))")
        }
        return FileManager.default.contents(atPath: lab.folder.path(log)).map { String(decoding: $0, as: UTF8.self) }
            ?? ""
    }

    func startWorker(_ lab: Lab, database: String?, _ work: PeerWork) async throws -> ChildProcess {
        let log = "\(name).work.\(UInt32.random(in: 0...UInt32.max)).log"
        let process = try start(["work"], lab, database: database, log: log, work)
        try await lab.waitForWord("ready", from: process, log: log)
        return process
    }

    private func start(
        _ arguments: [String],
        _ lab: Lab,
        database: String?,
        log: String,
        _ work: PeerWork = PeerWork(concurrency: 1)
    ) throws -> ChildProcess {
        var environment = work.environment
        environment["PATH"] = "/usr/bin:/bin"
        environment["LANG"] = "C.UTF-8"
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["PEER_REDIS_URL"] = lab.surroundings.redisURL
        if let database { environment["PEER_DATABASE_URL"] = lab.surroundings.url(ofDatabase: database) }
        guard let program = command.first else { throw BenchError(.surroundings, "\(name) has no program") }
        return try ChildProcess.spawn(
            program,
            Array(command.dropFirst()) + arguments,
            environment: environment,
            output: lab.folder.path(log)
        )
    }

    /// What a program printed about its enqueueing.
    static func rate(_ output: String) throws -> Double {
        struct Printed: Decodable {
            var jobs: Double
            var seconds: Double
        }
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("{") }) else {
            throw BenchError(.program, "a peer did not say how long it took")
        }
        let printed = try JSONDecoder().decode(Printed.self, from: Data(line.utf8))
        return printed.jobs / printed.seconds
    }
}
