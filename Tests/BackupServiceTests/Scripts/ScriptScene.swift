// SPDX-License-Identifier: Apache-2.0
// Martlet: runs of the scripts of infra/recovery in a folder of a test's own.

import Glibc
import TestSupport

/// A folder under /tmp that goes with the test, and commands in it.
final class ScriptScene: Sendable {

    let path: String

    init() throws {
        var template = Array("/tmp/martlet-script-\(getpid())-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
            throw ClusterFailure("can't make a folder in /tmp")
        }
        path = String(cString: made)
    }

    deinit { _ = try? TestRedis.run("/bin/rm", ["-rf", path]) }

    /// The folder of a program, from a variable or where packages put it; nil when it is not there.
    static func folder(of program: String, variable: String) -> String? {
        let named = getenv(variable).map { String(cString: $0) }
        return ([named].compactMap(\.self) + ["/usr/local/bin", "/usr/bin"])
            .first { access("\($0)/\(program)", X_OK) == 0 }
    }

    /// Runs a script of infra/recovery.
    func script(_ name: String, _ words: String..., with settings: [String: String] = [:]) async throws
        -> BackupScene.Run
    {
        try await run(["\(Repository.root)/infra/recovery/\(name).sh"] + words, settings)
    }

    /// Runs a command.
    func run(_ command: [String], _ settings: [String: String] = [:]) async throws -> BackupScene.Run {
        let log = "\(path)/run-\(UInt32.random(in: 0 ... .max)).log"
        let end = try await launch(command, settings, log: log).waitForEnd(within: patience)
        return BackupScene.Run(end: end, text: BackupScene.text(of: log))
    }

    /// Starts a command that dies with the tests.
    func launch(_ command: [String], _ settings: [String: String] = [:], log: String) async throws -> ClusterProcess {
        try await ClusterProcess.launch(
            command.first ?? "",
            ["/usr/bin/setpriv", "--pdeathsig", "KILL"] + command,
            environment: RecoveryServer.environment.merging(settings) { $1 },
            log: log
        )
    }

    func write(_ text: String, to name: String) throws {
        guard let file = fopen("\(path)/\(name)", "we") else { throw ClusterFailure("can't write \(name)") }
        fputs(text, file)
        fclose(file)
    }

    func text(_ name: String) -> String { BackupScene.text(of: "\(path)/\(name)") }

    func exists(_ name: String) -> Bool { access("\(path)/\(name)", F_OK) == 0 }
}
