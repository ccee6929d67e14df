// SPDX-License-Identifier: Apache-2.0
// Martlet: starts a program in a process group of its own, without a shell.
internal import CLinux
internal import Glibc

/// A child that was started; whoever holds it must reap it, and owns the descriptors.
struct ChildProcess: Sendable {
    let id: pid_t
    /// The reading ends of its output and its error output.
    let output: Int32
    let errors: Int32

    /// How a child ended.
    enum End: Sendable, Equatable {
        case exit(Int)
        case signal(Int)
    }

    /// Starts `path`; the child gets no descriptor but its three, no blocked signal, and only this environment.
    static func start(
        _ path: String,
        _ arguments: [String],
        _ environment: [(name: String, value: String)]
    ) -> Result<ChildProcess, ProbeFailure> {
        var output: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        guard martlet_pipe(&output) == 0 else { return .failure(refusal(path, errno)) }
        guard martlet_pipe(&errors) == 0 else {
            let code = errno
            output.forEach { close($0) }
            return .failure(refusal(path, code))
        }
        defer {
            close(output[1])
            close(errors[1])
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        posix_spawn_file_actions_adddup2(&actions, errors[1], 2)
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
        guard code == 0 else {
            close(output[0])
            close(errors[0])
            return .failure(refusal(path, code))
        }
        return .success(ChildProcess(id: id, output: output[0], errors: errors[0]))
    }

    /// Where a program is, by the child's own PATH; nil when there is none that may be run.
    static func find(_ program: String, path: String) -> String? {
        if program.contains("/") { return program }
        return path.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    /// Kills all processes of the group; the child must not be reaped yet, or its id may be another's.
    func killGroup() { kill(-id, SIGKILL) }

    /// Whether it has ended and waits to be reaped.
    var hasEnded: Bool {
        var info = siginfo_t()
        let code = waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT)
        // An error means that there is no such child: nothing is left to wait for.
        return code != 0 ? errno != EINTR : info.si_signo != 0
    }

    /// Reaps it; call when it ``hasEnded``.
    func reap() -> End {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 { if errno != EINTR { return .exit(255) } }
        let signal = status & 0x7F
        return signal == 0 ? .exit(Int(status >> 8 & 0xFF)) : .signal(Int(signal))
    }

    private static func refusal(_ path: String, _ code: Int32) -> ProbeFailure {
        ProbeFailure("cannot start \(path): \(NetworkTrouble.words(code))", status: .unknown)
    }
}
