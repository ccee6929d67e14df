// SPDX-License-Identifier: Apache-2.0
// Martlet: a process that the benchmark starts and ends by its id.

import Glibc
import Synchronization

/// A process of ours, reaped by whoever started it.
final class ChildProcess: Sendable {
    let pid: pid_t
    let name: String
    /// The wall clock when it was started, in seconds since 1970.
    let startedAt: Double
    private let status = Mutex<Int32?>(nil)

    private init(pid: pid_t, name: String) {
        self.pid = pid
        self.name = name
        startedAt = wallClock()
    }

    deinit {
        guard exitStatus == nil else { return }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// Starts a program with both outputs at the end of a file.
    ///
    /// - Parameter environment: The whole environment; nothing is inherited.
    static func spawn(
        _ program: String,
        _ arguments: [String],
        environment: [String: String],
        output: String
    ) throws(BenchError) -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Nothing else is inherited: libpq, SwiftNIO and our own loops mark their descriptors close-on-exec.

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: Ctrl-C reaches the benchmark alone, which ends what it started.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        )

        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &words, &variables)
        guard code == 0 else {
            throw BenchError(.program, "\(program) can't be started: \(String(cString: strerror(code)))")
        }
        return ChildProcess(pid: pid, name: program.split(separator: "/").last.map(String.init) ?? program)
    }

    /// 0 to 255 as the program chose, 256 and the signal's number if a signal ended it; nil while it runs.
    var exitStatus: Int32? {
        status.withLock { status in
            if status == nil {
                var raw: Int32 = 0
                if waitpid(pid, &raw, WNOHANG) == pid { status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : 256 + raw & 0x7F }
            }
            return status
        }
    }

    /// Sends a signal unless it has ended, so that the id can't be another's.
    func signal(_ number: Int32) {
        guard exitStatus == nil else { return }
        kill(pid, number)
    }

    /// Waits for its end.
    @discardableResult
    func end(within limit: Duration) async throws -> Int32 {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let exitStatus { return exitStatus }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw BenchError(.timeout, "\(name) did not end within \(limit)")
    }

    /// Asks it to end, and insists after a while; never fails, even when we are cancelled.
    func stop() async {
        signal(SIGTERM)
        await reap(within: .seconds(20))
    }

    /// Ends it without warning.
    func killNow() async {
        signal(SIGKILL)
        await reap(within: .seconds(20))
    }

    private func reap(within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        // Sleeping returns at once in a cancelled task, so the wait has a task of its own that nobody cancels.
        await Task.detached { [self] in
            while exitStatus == nil, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(5)) }
            if exitStatus == nil { signal(SIGKILL) }
        }.value
    }
}
