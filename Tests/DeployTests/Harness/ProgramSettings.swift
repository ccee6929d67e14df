// SPDX-License-Identifier: Apache-2.0
// Martlet: which settings a program of this build reads.

import TestSupport

/// Asks the built programs themselves: what `--help` shows is what their configuration reader has read.
enum ProgramSettings {
    /// The names of a program's settings, such as `APP_PORT`; each secret also by the name of its file.
    static func names(of program: String) async throws -> Set<String> {
        let words = program == "martlet-backup" ? ["serve", "--help"] : ["--help"]
        let path = "\(ClusterPrograms.build)/\(program)"
        let help = try await DeployTool(program, at: path).run(words)
        guard help.end == .code(0) else { throw ClusterFailure("\(program) --help: \(help.text)") }
        let names = help.text.split(separator: "\n").compactMap { line -> String? in
            guard let equals = line.firstRange(of: " = ") else { return nil }
            let name = line[..<equals.lowerBound]
            return name.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "_" } ? String(name) : nil
        }
        guard names.count > 10 else { throw ClusterFailure("\(program) --help shows no settings: \(help.text)") }
        return Set(names).union(names.map { "\($0)_FILE" })
    }
}
