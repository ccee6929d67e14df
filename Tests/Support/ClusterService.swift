// SPDX-License-Identifier: Apache-2.0
// Martlet: one of our own programs as a process of a cluster.

import Glibc
import Synchronization

/// An API or a worker that a test may end and start again on the same port.
public final class ClusterService: Sendable {
    private struct State {
        var process: ClusterProcess?
        var overrides: [String: String] = [:]
        var isPaused = false
    }

    /// The name, as in the log's file and in the ledger's register of workers.
    public let name: String
    /// The HTTP port on 127.0.0.1.
    public let port: Int
    private let command: [String]
    private let environment: [String: String]
    private let folder: ClusterFolder
    private let state = Mutex(State())

    init(_ name: String, command: [String], environment: [String: String], folder: ClusterFolder)
        throws
    {
        self.name = name
        self.command = command
        self.folder = folder
        port = try ClusterPort.free()
        var environment = environment
        environment["APP_PORT"] = "\(port)"
        self.environment = environment
    }

    /// The process that runs, or ran last; nil before the first start.
    public var process: ClusterProcess? { state.withLock { $0.process } }

    /// Whether it runs and is not stopped, with its standard settings.
    var isStandard: Bool {
        state.withLock {
            !$0.isPaused && $0.overrides.isEmpty && $0.process.map { $0.end == nil } ?? false
        }
    }

    /// Starts the program.
    ///
    /// - Parameter overrides: Settings beside the standard ones.
    public func start(_ overrides: [String: String] = [:]) async throws {
        if let process, process.end == nil { throw ClusterFailure("\(name) runs already") }
        let settings = environment.merging(overrides) { _, new in new }
        let started = try await ClusterProcess.launch(
            name,
            command,
            environment: settings,
            log: folder.log(name)
        )
        state.withLock { state in
            state.process = started
            state.overrides = overrides
            state.isPaused = false
        }
    }

    /// Waits until it says that it is ready.
    public func waitUntilReady(within limit: Duration = .seconds(30)) async throws {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let end = process?.end { throw ClusterFailure("\(name) ended while starting: \(end)") }
            if let reply = try? await get("/health/ready", within: .seconds(2)), reply.status == 200 {
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ClusterFailure("\(name) was not ready within \(limit)")
    }

    /// Ends it without warning; for threads that can't wait. `kill()` must follow to reap it.
    public func shoot() { process?.signal(SIGKILL) }

    /// Ends it without warning and reaps it.
    public func kill() async { await process?.kill() }

    /// Stops it: nothing of it runs until `resume()`.
    public func pause() {
        process?.signal(SIGSTOP)
        state.withLock { $0.isPaused = true }
    }

    /// Lets it go on.
    public func resume() {
        process?.signal(SIGCONT)
        state.withLock { $0.isPaused = false }
    }

    /// Asks it to end and waits for that.
    @discardableResult
    public func terminate(within limit: Duration = .seconds(20)) async throws -> ClusterExit {
        guard let process else { throw ClusterFailure("\(name) does not run") }
        process.signal(SIGTERM)
        return try await process.waitForEnd(within: limit)
    }

    /// Asks it something.
    public func get(_ path: String, within limit: Duration = .seconds(5)) async throws -> ClusterReply {
        try await exchange(.get(path), within: limit)
    }

    /// Sends it a request over a connection of its own.
    public func exchange(_ request: ClusterRequest, within limit: Duration = .seconds(5)) async throws
        -> ClusterReply
    {
        try await request.reply(from: port, within: limit)
    }

    /// The sum of a metric over all its labels; 0 when it is not there.
    public func metric(_ name: String) async throws -> Double {
        let page = try await get("/metrics").body
        return page.split(separator: "\n").reduce(0) { sum, line in
            guard line.hasPrefix(name) else { return sum }
            let rest = line.dropFirst(name.count)
            guard rest.first == " " || rest.first == "{", let value = rest.split(separator: " ").last
            else {
                return sum
            }
            return sum + (Double(value) ?? 0)
        }
    }
}
