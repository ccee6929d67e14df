// SPDX-License-Identifier: Apache-2.0
// Martlet: the other job queues, each a program in Benchmarks/peers.

import FoundationEssentials
import Redis

/// A job queue that comes as a program of its own language.
struct ProgramQueue: PeerQueue {
    let name: String
    let store: String
    let usesRedis: Bool
    let bestConcurrency: Int
    /// The program and its interpreter.
    fileprivate let command: [String]
    /// Finished jobs by SQL, `$JOBS` standing for how many there were; nil for a queue in Redis.
    fileprivate let finishedSQL: String?

    func version(_ lab: Lab) async throws -> String {
        String(try await run(["version"], lab, database: nil).filter { !$0.isWhitespace })
    }

    func with<Value: Sendable>(_ lab: Lab, _ body: (any PeerStore) async throws -> Value) async throws -> Value {
        guard let finishedSQL else {
            _ = try await lab.redis.send(RedisCommand("FLUSHALL"))
            let value = try await body(RedisStore(lab: lab, queue: self))
            _ = try await lab.redis.send(RedisCommand("FLUSHALL"))
            return value
        }
        return try await BenchDatabase.with(lab, name.filter(\.isLetter), template: nil) { database in
            let store = SQLStore(lab: lab, queue: self, database: database, finishedSQL: finishedSQL)
            _ = try await run(["setup"], lab, database: database.name)
            return try await body(store)
        }
    }

    /// Runs a command of the program to its end and returns what it printed.
    fileprivate func run(_ arguments: [String], _ lab: Lab, database: String?) async throws -> String {
        let log = "\(name).\(arguments.joined(separator: "-")).log"
        try? FileManager.default.removeItem(atPath: lab.folder.path(log))
        let process = try start(arguments, lab, database: database, log: log)
        guard try await process.end(within: .seconds(300)) == 0 else {
            throw BenchError(.program, "\(name) \(arguments.joined(separator: " ")) failed:\n\(lab.folder.tail(log))")
        }
        return FileManager.default.contents(atPath: lab.folder.path(log)).map { String(decoding: $0, as: UTF8.self) }
            ?? ""
    }

    fileprivate func startWorker(_ lab: Lab, database: String?, _ work: PeerWork) async throws -> ChildProcess {
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
    fileprivate static func rate(_ output: String) throws -> Double {
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

extension ProgramQueue {
    /// All that the surroundings have programs for.
    static func all(_ surroundings: Surroundings) throws(BenchError) -> [ProgramQueue] {
        guard let python = surroundings.python, let ruby = surroundings.ruby, let folder = surroundings.peers else {
            throw BenchError(.surroundings, "the peers are not installed; ./dev bench --peers does it")
        }
        return [
            ProgramQueue(
                name: "Sidekiq",
                store: "Redis",
                usesRedis: true,
                bestConcurrency: 10,
                command: [ruby, "\(folder)/sidekiq_peer.rb"],
                finishedSQL: nil
            ),
            ProgramQueue(
                name: "awa-pg",
                store: "PostgreSQL",
                usesRedis: false,
                bestConcurrency: 256,
                command: [python, "\(folder)/awa_peer.py"],
                // Receipts of whole batches, single ones, and those that it has counted and dropped already.
                finishedSQL: """
                    SELECT (SELECT coalesce(sum(completed_count), 0) FROM awa.receipt_completion_batches)
                        + (SELECT count(*) FROM awa.done_entries)
                        + (SELECT coalesce(sum(pruned_completed_count), 0) FROM awa.queue_terminal_rollups)
                    """
            ),
            ProgramQueue(
                name: "pgqueuer",
                store: "PostgreSQL",
                usesRedis: false,
                bestConcurrency: 1_000,
                command: [python, "\(folder)/pgqueuer_peer.py"],
                finishedSQL: "SELECT $JOBS - count(*) FROM pgqueuer"
            ),
        ]
    }
}

/// A peer's store in PostgreSQL.
private struct SQLStore: PeerStore {
    let lab: Lab
    let queue: ProgramQueue
    let database: BenchDatabase
    let finishedSQL: String

    func enqueue(_ jobs: Int, isRecorded: Bool) async throws -> Double {
        try ProgramQueue.rate(try await queue.run(["enqueue", String(jobs)], lab, database: database.name))
    }

    func startWorker(_ work: PeerWork) async throws -> ChildProcess {
        try await queue.startWorker(lab, database: database.name, work)
    }

    func finished(of jobs: Int) async throws -> Int {
        Int(try await database.number(finishedSQL.replacing("$JOBS", with: String(jobs))))
    }
}

/// A peer's store in Redis: what is in no list any more is finished, or lost.
private struct RedisStore: PeerStore {
    let lab: Lab
    let queue: ProgramQueue

    func enqueue(_ jobs: Int, isRecorded: Bool) async throws -> Double {
        try ProgramQueue.rate(try await queue.run(["enqueue", String(jobs)], lab, database: nil))
    }

    func startWorker(_ work: PeerWork) async throws -> ChildProcess {
        try await queue.startWorker(lab, database: nil, work)
    }

    func finished(of jobs: Int) async throws -> Int {
        var left = 0
        for command in [
            RedisCommand("LLEN", "queue:bench"), RedisCommand("ZCARD", "retry"), RedisCommand("ZCARD", "schedule"),
        ] {
            left += Int(try await lab.redis.send(command).int ?? 0)
        }
        return jobs - left
    }
}

extension PeerWork {
    /// As the programs read it.
    var environment: [String: String] {
        var variables = ["PEER_CONCURRENCY": String(concurrency), "PEER_JOB_SECONDS": String(seconds)]
        // A batch of pgqueuer's may be half of what may run at once.
        variables["PEER_BATCH"] = String(max(1, min(500, concurrency / 2)))
        if let record { variables["PEER_RECORD"] = record }
        return variables
    }
}
