// SPDX-License-Identifier: Apache-2.0
// Martlet: which settings a program of this build reads.

import Synchronization
import TestSupport

/// Asks the built programs themselves: what `--help` shows is what their configuration reader has read.
enum ProgramSettings {
    static let programs = ["martlet-api", "martlet-worker", "martlet-health", "martlet-backup"]
    /// Of backups each verb has its own.
    static let verbs = [
        "backup", "restore", "verify", "drill", "prune", "list", "serve", "receive", "export", "import", "check",
    ]

    /// Each is asked once in a run.
    private static let answers = Mutex<[[String]: Task<Set<String>, any Error>]>([:])

    /// The names of a program's settings, such as `APP_PORT`, without those of files of secrets.
    /// - Parameter verbs: For `martlet-backup`, whose settings are those of all of these.
    static func names(of program: String, verbs: [String] = verbs) async throws -> Set<String> {
        var names: Set<String> = []
        for words in program == "martlet-backup" ? verbs.map({ [$0] }) : [[]] {
            let task = answers.withLock { answers in
                let task = answers[[program] + words] ?? Task { try await ask(program, words) }
                answers[[program] + words] = task
                return task
            }
            names.formUnion(try await task.value)
        }
        return names
    }

    private static func ask(_ program: String, _ words: [String]) async throws -> Set<String> {
        let help = try await DeployTool(program, at: "\(ClusterPrograms.build)/\(program)").run(words + ["--help"])
        guard help.end == .code(0) else { throw ClusterFailure("\(program) --help: \(help.text)") }
        let names = help.text.split(separator: "\n").compactMap { line -> String? in
            guard line.contains(" = ") else { return nil }
            let name = line.prefix { $0 != " " }
            return name.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "_" } ? String(name) : nil
        }
        guard names.count > 10 else { throw ClusterFailure("\(program) --help shows no settings: \(help.text)") }
        return Set(names)
    }
}
