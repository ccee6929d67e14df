// SPDX-License-Identifier: Apache-2.0
// Martlet: that the shell scripts of the repository are in order.

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("Shell scripts")
struct ScriptTests {
    private static let scripts = (try? Repository.files(in: "scripts", ending: ".sh")) ?? []
    /// Those that are run, not read by others.
    private static let programs = scripts.filter { access("\(Repository.root)/\($0)", X_OK) == 0 }

    @Test func thereAreSome() {
        #expect(Self.programs.count >= 9)
        #expect(Self.scripts.filter { !Self.programs.contains($0) } == ["scripts/checks.sh", "scripts/common.sh"])
    }

    @Test(.enabled(if: DeployTool.shellcheck.isThere, "\(DeployTool.shellcheck.reason)"))
    func shellcheckFindsNothing() async throws {
        let run = try await DeployTool.shellcheck.run(["-x", "-a"] + Self.programs)
        #expect(run.end == .code(0), "\(run.text)")
    }

    @Test(.enabled(if: DeployTool.shfmt.isThere, "\(DeployTool.shfmt.reason)"))
    func theyAreFormatted() async throws {
        let run = try await DeployTool.shfmt.run(["-i", "4", "-ci", "-d"] + Self.scripts)
        #expect(run.end == .code(0), "\(run.text)")
    }

    @Test(arguments: programs)
    func eachExplainsItself(_ script: String) async throws {
        let text = try Repository.text(script)
        #expect(text.hasPrefix("#!/usr/bin/env bash\n# SPDX-License-Identifier: Apache-2.0\n# Martlet: "))
        #expect(text.contains("\nset -euo pipefail\n"))
        for option in ["--help", "-h"] {
            let run = try await DeployTool("bash").run([script, option])
            #expect(run.end == .code(0), "\(run.text)")
            #expect(run.text.hasPrefix("\(script) "), "\(run.text)")
            #expect(run.text.contains("Exit codes: 0 "), "\(run.text)")
        }
        let run = try await DeployTool("bash").run([script, "--no-such-option", "x"])
        #expect(run.end == .code(2) && run.text.hasPrefix("error: "), "\(run.text)")
    }

    /// Every option that a script takes is in its help, and the other way round.
    @Test(arguments: programs)
    func helpAndOptionsAreTheSame(_ script: String) throws {
        let text = try Repository.text(script)
        let parts = text.split(separator: "\nHELP\n", maxSplits: 1)
        try #require(parts.count == 2)
        let help = parts[0]
        var taken = Set<Substring>()
        for line in parts[1].split(separator: "\n").map({ $0.drop { $0 == " " } })
        where line.hasPrefix("-") && line.contains(") ") {
            let words = line.prefix { $0 != ")" }.split(separator: " ")
            taken.formUnion(words.filter { $0.hasPrefix("--") && $0.dropFirst(2).first?.isLetter == true })
        }
        if parts[1].contains("take_option") { taken.formUnion(["--context", "--namespace", "--release"]) }
        for option in taken where option != "--help" {
            #expect(help.contains("  \(option)") || help.contains(" \(option) "))
        }
        let shown = help.split(separator: "\n").filter { $0.hasPrefix("  --") }
            .flatMap { $0.split(separator: ",").compactMap { $0.split(separator: " ").first { $0.hasPrefix("--") } } }
        #expect(!shown.isEmpty)
        for option in shown where option != "--timeout" { #expect(taken.contains(option), "\(option)") }
    }
}
