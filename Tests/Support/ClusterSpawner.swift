// SPDX-License-Identifier: Apache-2.0
// Martlet: starts processes from one thread that lives as long as the tests do.

import Glibc
import Synchronization

/// Starts processes.
///
/// The kernel ends a child with its death signal when the thread that made it ends, so a thread of a pool must not make any.
final class ClusterSpawner: Sendable {
    static let shared = ClusterSpawner()

    /// What to start.
    struct Order: Sendable {
        /// Full path of the program, then its arguments.
        var command: [String]
        /// `NAME=value`; nothing is inherited.
        var environment: [String]
        /// Where both outputs go, at the end of what is there.
        var log: String
    }

    private let orders = Mutex<[@Sendable () -> Void]>([])
    private let reader: Int32
    private let writer: Int32

    private init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe could be made")
        (reader, writer) = (ends[0], ends[1])
        ClusterThread.start { [self] in serve() }
    }

    /// Starts a process and returns its id; whoever asked must reap it.
    func spawn(_ order: Order) async throws -> pid_t {
        try await withCheckedThrowingContinuation { continuation in
            orders.withLock { $0.append { continuation.resume(with: Result { try Self.launch(order) }) } }
            var byte: UInt8 = 1
            _ = write(writer, &byte, 1)
        }
    }

    private func serve() {
        var byte: UInt8 = 0
        while true {
            if read(reader, &byte, 1) < 0, errno != EINTR { return }
            for order in orders.withLock({ orders in
                defer { orders = [] }
                return orders
            }) { order() }
        }
    }

    private static func launch(_ order: Order) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, order.log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Sockets of other tests must not stay open in a child; what is closed by now does no harm.
        for descriptor in ClusterFolder.names(in: "/proc/self/fd").compactMap({ Int32($0) }) where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGUSR1, SIGUSR2] {
            sigaddset(&signals, signal)
        }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: Ctrl-C in a terminal reaches the tests alone, and they end what they started.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        )

        var arguments = order.command.map { strdup($0) } + [nil]
        var environment = order.environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, order.command[0], &actions, &attributes, &arguments, &environment)
        guard code == 0 else {
            throw ClusterFailure(
                "can't start \(order.command.joined(separator: " ")): \(String(cString: strerror(code)))"
            )
        }
        return pid
    }
}
