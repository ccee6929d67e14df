// SPDX-License-Identifier: Apache-2.0
// Martlet: starts a program in a process group of its own, without a shell.
internal import CLinux
internal import Glibc

/// A child that was started; whoever holds it must reap it, and owns the descriptors.
public struct ChildProcess: Sendable {
    /// Its process id, which is also its group's.
    public let id: Int32
    /// The writing end of its input; nil when it reads `/dev/null`.
    public let input: Int32?
    /// The reading end of its output.
    public let output: Int32
    /// The reading end of its error output.
    public let errors: Int32

    /// How a child ended.
    public enum End: Sendable, Equatable {
        /// By itself, with this code.
        case exit(Int)
        /// By this signal.
        case signal(Int)
    }

    /// What a child reads.
    public enum Input: Sendable {
        /// `/dev/null`.
        case nothing
        /// What is written to ``ChildProcess/input``.
        case pipe
    }

    /// Why a program could not be started.
    public struct Refusal: Error, Sendable {
        /// The program.
        public let path: String
        /// The system's error number.
        public let code: Int32
    }

    /// Starts `path`; the child gets no descriptor but its three, no blocked signal, and only this environment.
    /// - Parameter arguments: All of them, the program's own name first.
    public static func start(
        _ path: String,
        _ arguments: [String],
        _ environment: [(name: String, value: String)],
        input: Input = .nothing
    ) -> Result<ChildProcess, Refusal> {
        var ends: [Int32] = []
        func refuse(_ code: Int32) -> Result<ChildProcess, Refusal> {
            ends.forEach { close($0) }
            return .failure(Refusal(path: path, code: code))
        }
        for _ in 0..<(input == .pipe ? 3 : 2) {
            var pipe: [Int32] = [-1, -1]
            guard martlet_pipe(&pipe) == 0 else { return refuse(errno) }
            ends += pipe
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if input == .pipe {
            posix_spawn_file_actions_adddup2(&actions, ends[4], 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[3], 2)
        // Sockets of this process that were opened without the flag must not stay open in the child.
        martlet_spawn_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        )

        var argumentPointers = arguments.map { strdup($0) } + [nil]
        var environmentPointers = environment.map { strdup("\($0.name)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, path, &actions, &attributes, &argumentPointers, &environmentPointers)
        guard code == 0 else { return refuse(code) }
        close(ends[1])
        close(ends[3])
        if input == .pipe { close(ends[4]) }
        return .success(
            ChildProcess(id: id, input: input == .pipe ? ends[5] : nil, output: ends[0], errors: ends[2])
        )
    }

    /// Where a program is, by the child's own PATH; nil when there is none that may be run.
    public static func find(_ program: String, path: String) -> String? {
        if program.contains("/") { return program }
        return path.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    /// Asks all processes of the group to end; like ``killGroup()``, before the child is reaped.
    public func endGroup() { kill(-id, SIGTERM) }

    /// Kills all processes of the group; the child must not be reaped yet, or its id may be another's.
    public func killGroup() { kill(-id, SIGKILL) }

    /// Whether it has ended and waits to be reaped.
    public var hasEnded: Bool {
        var info = siginfo_t()
        let code = waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT)
        // An error means that there is no such child: nothing is left to wait for.
        return code != 0 ? errno != EINTR : info.si_signo != 0
    }

    /// Reaps it; call when it ``hasEnded``.
    public func reap() -> End {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 { if errno != EINTR { return .exit(255) } }
        let signal = status & 0x7F
        return signal == 0 ? .exit(Int(status >> 8 & 0xFF)) : .signal(Int(signal))
    }

    /// Closes the three descriptors of a child that nobody reads from or writes to.
    public func closeAll() { for descriptor in [input, output, errors].compactMap({ $0 }) { close(descriptor) } }
}
