// SPDX-License-Identifier: Apache-2.0
// Martlet: one process that a test started: known by its id, reaped by whoever started it.

public import Glibc
import Synchronization

/// A running or ended process.
public final class ClusterProcess: Sendable {
    /// The name, as in the log's file.
    public let name: String
    /// The id; it stays ours until the process is reaped, so that a signal never hits another process.
    public let pid: pid_t
    private let exit = Mutex<ClusterExit?>(nil)

    private init(name: String, pid: pid_t) {
        self.name = name
        self.pid = pid
    }

    deinit {
        guard end == nil else { return }
        _ = Glibc.kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - command: Full path of the program, then its arguments.
    ///   - environment: The whole environment.
    ///   - log: A file for its output.
    public static func launch(
        _ name: String,
        _ command: [String],
        environment: [String: String],
        log: String
    ) async throws -> ClusterProcess {
        let variables = environment.map { "\($0.key)=\($0.value)" }
        let pid = try await ClusterSpawner.shared.spawn(
            .init(command: command, environment: variables, log: log)
        )
        return ClusterProcess(name: name, pid: pid)
    }

    /// Runs a program to its end; one that takes too long is killed.
    public static func run(
        _ name: String,
        _ command: [String],
        environment: [String: String] = [:],
        log: String,
        within limit: Duration
    ) async throws -> ClusterExit {
        try await launch(name, command, environment: environment, log: log).waitForEnd(within: limit)
    }

    /// How it ended; nil while it runs.
    public var end: ClusterExit? {
        exit.withLock { exit in
            reap(&exit)
            return exit
        }
    }

    /// Sends a signal, unless the process has ended.
    public func signal(_ number: Int32) {
        exit.withLock { exit in
            reap(&exit)
            if exit == nil { _ = Glibc.kill(pid, number) }
        }
    }

    /// Sends a signal to it and then to its children, unless it has ended: once it is stopped it makes no more of them.
    public func signalFamily(_ number: Int32) {
        signal(number)
        guard end == nil, let file = fopen("/proc/\(pid)/task/\(pid)/children", "r") else { return }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 16_384)
        guard fgets(&text, Int32(text.count), file) != nil else { return }
        let line = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for child in line.split(separator: " ").compactMap({ pid_t($0) }) { _ = Glibc.kill(child, number) }
    }

    /// Waits for its end; a process that takes too long is killed, and that is a failure.
    @discardableResult
    public func waitForEnd(within limit: Duration) async throws -> ClusterExit {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let end { return end }
            try? await Task.sleep(for: .milliseconds(5))
            if Task.isCancelled { break }
        }
        if let end { return end }
        await kill()
        throw ClusterFailure("\(name) (pid \(pid)) did not end within \(limit)")
    }

    /// Ends it without warning and reaps it; a stopped process too.
    public func kill() async {
        signal(SIGKILL)
        // In this order: a stopped process must not go on before it is killed.
        signal(SIGCONT)
        while end == nil { await Task.yield() }
    }

    private func reap(_ exit: inout ClusterExit?) {
        guard exit == nil else { return }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return }
        let signal = status & 0x7F
        exit = signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
    }
}
