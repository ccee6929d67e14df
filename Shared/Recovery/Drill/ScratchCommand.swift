// SPDX-License-Identifier: Apache-2.0
// Martlet: how programs of PostgreSQL are run on a scratch folder.
internal import Glibc

/// Starts programs as the server's user; they end when this process does.
struct ScratchCommand: Sendable {
    /// The folder with `postgres`, `initdb` and the rest.
    let programs: String
    let user: ServerUser?
    /// Whether programs see no network but the machine's own empty one.
    let isCutOff: Bool

    private static let setpriv = "/usr/bin/setpriv"
    private static let variables = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C"), ("TZ", "UTC")]

    /// Finds out what the machine allows.
    /// - Throws: `.program` when a tool is missing, `.request` for an account that can't be.
    static func prepare(programs: String, user name: String) async throws(RecoveryError) -> ScratchCommand {
        let user = try ServerUser.resolve(name)
        for path in ["\(programs)/postgres", "\(programs)/pg_controldata", setpriv] where access(path, X_OK) != 0 {
            throw RecoveryError(.program, "\(path) is missing or may not be run")
        }
        // A network of its own needs rights that containers often lack.
        let probe = ProgramRun("/usr/bin/unshare", ["--net", "/bin/true"], deadline: .seconds(10))
        var isCutOff = geteuid() == 0
        if isCutOff {
            do throws(RecoveryError) { try await probe.perform() } catch {
                guard error.code == .program else { throw error }
                isCutOff = false
            }
        }
        return ScratchCommand(programs: programs, user: user, isCutOff: isCutOff)
    }

    /// A run of a program.
    /// - Parameters:
    ///   - death: The signal that it gets when the thread that started it is gone.
    ///   - merges: Whether its errors come as output, too.
    func run(
        _ program: String,
        _ arguments: [String],
        variables: [(name: String, value: String)] = [],
        death: String = "KILL",
        merges: Bool = false,
        deadline: Duration,
        grace: Duration = .seconds(5)
    ) -> ProgramRun {
        var words = ["--chdir=/"]
        if isCutOff { words += ["/usr/bin/unshare", "--net"] }
        if let user {
            words += [Self.setpriv, "--reuid", "\(user.id)", "--regid", "\(user.group)", "--clear-groups"]
        }
        // A command of its own: the kernel forgets the death signal when the user changes.
        words += [Self.setpriv, "--pdeathsig", death]
        if merges { words += ["/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"] }
        words.append("\(programs)/\(program)")
        return ProgramRun(
            "/usr/bin/env",
            words + arguments,
            environment: Self.variables.map { (name: $0.0, value: $0.1) } + variables,
            deadline: deadline,
            grace: grace
        )
    }
}
