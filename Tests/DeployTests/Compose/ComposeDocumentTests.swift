// SPDX-License-Identifier: Apache-2.0
// Martlet: docs/compose.md and who runs its commands.

import TestSupport
import Testing

@Suite("The page about Compose")
struct ComposeDocumentTests {
    /// What needs a registry, a store elsewhere, another machine or another checkout.
    private static let elsewhere: Set<String> = [
        "A store elsewhere", "On another machine", "Upgrade", "Published images", "Settings",
    ]

    /// The commands below each heading.
    private func commands() throws -> [String: String] {
        var (heading, isBlock, found) = ("", false, [String: String]())
        for line in try Repository.text("docs/compose.md").split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("## ") { heading = String(line.dropFirst(3)) }
            if line.hasPrefix("```") {
                isBlock = line == "```sh"
            } else if isBlock {
                found[heading, default: ""] += "\(line)\n"
            }
        }
        return found
    }

    /// `./dev containers` runs them as they stand, so that the page can't say what does not work.
    @Test func theTrialRunsWhatThePageSays() async throws {
        let commands = try commands()
        let run = try Repository.text("infra/dev/containers.sh").matches(of: /\n +page ("[^"]+"|[A-Z][a-z]+)\n/)
            .map { String($0.1).replacing("\"", with: "") }
        #expect(run.count == Set(run).count && run.count > 5, "\(run)")
        #expect(Set(run).isDisjoint(with: Self.elsewhere))
        #expect(Set(run).union(Self.elsewhere) == Set(commands.keys))
        for heading in run {
            let script = "ROOT=$PWD; source infra/dev/containers.sh; page_commands \"$1\""
            let shown = try await DeployTool("bash", at: "/bin/bash").run(["-euc", script, "bash", heading])
            #expect(shown.end == .code(0) && shown.text == commands[heading], "\(heading): \(shown.text)")
        }
    }

    @Test(.enabled(if: DeployTool.compose.isThere, "\(DeployTool.compose.reason)"))
    func theServicesAreThere() async throws {
        let services = Set(try await ComposeFile().services.keys)
        let page = try commands().values.joined(separator: "\n")
        var seen = 0
        for match in page.matches(of: /docker compose (exec|run|stop|up)((?: [A-Za-z.-]+)*)/) {
            let words = match.2.split(separator: " ").filter { !$0.hasPrefix("-") }.map(String.init)
            // Behind the service that is run stands what it does.
            let named = ["exec", "run"].contains(match.1) ? words.prefix(1) : words[...]
            seen += named.count
            #expect(services.isSuperset(of: named), "\(match.0)")
        }
        #expect(seen > 10)
    }
}
