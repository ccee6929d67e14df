// SPDX-License-Identifier: Apache-2.0
// Martlet: a private Redis server without persistence that a test may kill, stop, flush or set back to an old snapshot.

import Glibc
import Synchronization

/// The bus' server.
public final class ClusterRedis: Sendable {
    /// The port on 127.0.0.1.
    public let port: Int
    private let programs: ClusterPrograms
    private let folder: ClusterFolder
    private let process = Mutex<ClusterProcess?>(nil)

    private var data: String { "\(folder.path)/redis" }
    var snapshotPath: String { "\(data)/dump.rdb" }

    init(_ programs: ClusterPrograms, folder: ClusterFolder) throws {
        self.programs = programs
        self.folder = folder
        port = try ClusterPort.free()
        mkdir(data, 0o700)
    }

    /// The URL.
    public var url: String { "redis://127.0.0.1:\(port)" }

    /// Whether the server process runs.
    public var isRunning: Bool { process.withLock { $0.map { $0.end == nil } ?? false } }

    /// Starts the server, empty or with a snapshot's content, and waits until it answers.
    public func start(from snapshot: String? = nil) async throws {
        unlink(snapshotPath)
        if let snapshot, rename(snapshot, snapshotPath) != 0 {
            throw ClusterFailure("there is no snapshot")
        }
        let command =
            programs.prefix(death: "KILL", in: folder) + [
                programs.redis, "--port", "\(port)", "--bind", "127.0.0.1", "--dir", data, "--save", "",
                "--appendonly",
                "no",
                "--daemonize", "no",
            ]
        let started = try await ClusterProcess.launch(
            "redis",
            command,
            environment: ["PATH": "/usr/bin:/bin"],
            log: folder.log("redis")
        )
        process.withLock { $0 = started }
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if let reply = try? await send(["PING"]), reply == .text("PONG") { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ClusterFailure("redis-server did not start")
    }

    /// Ends the server without warning.
    public func kill() async { await process.withLock { $0 }?.kill() }

    /// Stops the process: its connections stay open and nothing answers.
    public func pause() { process.withLock { $0 }?.signal(SIGSTOP) }

    /// Lets a stopped process go on.
    public func resume() { process.withLock { $0 }?.signal(SIGCONT) }

    /// Writes a snapshot aside, for a later `start(from:)`.
    public func snapshot() async throws -> String {
        try await send(["SAVE"])
        let aside = "\(data)/aside.rdb"
        guard rename(snapshotPath, aside) == 0 else {
            throw ClusterFailure("Redis wrote no snapshot")
        }
        return aside
    }

    /// Sends one command over a connection of its own; an error reply is thrown.
    @discardableResult
    public func send(_ words: [String], within limit: Duration = .seconds(5)) async throws
        -> ClusterRedisReply
    {
        try await send(bytes: words.map { Array($0.utf8) }, within: limit)
    }

    /// Sends one command whose words may be any bytes.
    @discardableResult
    public func send(bytes words: [[UInt8]], within limit: Duration = .seconds(5)) async throws
        -> ClusterRedisReply
    {
        let port = port
        return try await ClusterThread.run {
            let deadline = ContinuousClock.now + limit
            let socket = try ClusterSocket(port: port, until: deadline)
            var request = Array("*\(words.count)\r\n".utf8)
            for word in words { request += Array("$\(word.count)\r\n".utf8) + word + [13, 10] }
            try socket.send(request, until: deadline)
            var buffer: [UInt8] = []
            while true {
                var rest = buffer[...]
                if let reply = ClusterRedisReply(&rest) {
                    if case .error(let text) = reply { throw ClusterFailure("Redis: \(text)") }
                    return reply
                }
                try socket.receive(into: &buffer, until: deadline, sent: request.count)
            }
        }
    }

    /// The keys of all streams.
    public func streams() async throws -> [String] {
        var found: [String] = []
        for key in try await send(["KEYS", "*"]).list {
            guard let name = key.string else { continue }
            if try await send(["TYPE", name]) == .text("stream") { found.append(name) }
        }
        return found.sorted()
    }
}
