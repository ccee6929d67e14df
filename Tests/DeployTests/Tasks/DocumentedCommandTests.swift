// SPDX-License-Identifier: Apache-2.0
// Martlet: that tasks, scripts and options that the documents name exist.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Documented commands")
struct DocumentedCommandTests {
    private static let documents =
        (try? Repository.files(in: "docs", ending: ".md"))?
        .filter { !$0.hasPrefix("docs/decisions/") } ?? []

    @Test(arguments: documents + ["README.md"])
    func tasksExist(_ document: String) throws {
        let tasks = try YAMLTree(parsing: Repository.text("Taskfile.yml"))["tasks"].members
        for match in try code(document).matches(of: /\btask ([a-z]+(:[a-z]+)?)/) {
            #expect(tasks[String(match.1)] != nil, "\(match.0)")
        }
    }

    @Test(arguments: documents + ["README.md"])
    func scriptsAndTheirOptionsExist(_ document: String) throws {
        for match in try code(document).matches(of: /(scripts\/[a-z-]+\.sh)([^\n|`]*)/) {
            let path = String(match.1)
            #expect(FileManager.default.isExecutableFile(atPath: "\(Repository.root)/\(path)"), "\(path)")
            let text = try Repository.text(path)
            for option in match.2.matches(of: /--[a-z][a-z-]+/) {
                #expect(text.contains("  \(option.0) "), "\(match.0)")
            }
        }
    }

    @Test func bothPagesAreLinked() throws {
        let readme = try Repository.text("README.md")
        for page in ["docs/development.md", "docs/delivery.md"] { #expect(readme.contains("(\(page))"), "\(page)") }
        let delivery = try Repository.text("docs/delivery.md")
        for workflow in Workflow.all { #expect(delivery.contains("`\(workflow.name).yaml`"), "\(workflow.name)") }
    }

    /// What an environment must have stands in the documents, and nothing else does.
    @Test func settingsOfEnvironmentsAreDocumented() throws {
        let delivery = try Repository.text("docs/delivery.md")
        var used = Set<String>()
        for workflow in Workflow.all {
            for match in workflow.text.matches(of: /(?:vars|secrets)\.([A-Z_]+)/) { used.insert(String(match.1)) }
        }
        used.remove("GITHUB_TOKEN")
        #expect(
            used == [
                "AWS_ROLE_ARN", "AWS_REGION", "DRILL_SESSION_SECONDS", "EKS_CLUSTER", "PROMETHEUS_URL",
                "MARTLET_API_KEY",
            ]
        )
        for name in used { #expect(delivery.contains("`\(name)`"), "\(name)") }
    }

    @Test func exitCodesAreTheSame() throws {
        let script = try Repository.text("scripts/verify-deploy.sh")
        let delivery = try Repository.text("docs/delivery.md")
        let given = Set(script.matches(of: /fail ([0-9])\s/).compactMap { Int($0.1) })
        #expect(given == [1, 3, 4], "0 is its end, 2 is usage_error's")
        for code in given.union([0, 2]) { #expect(delivery.contains("\n| \(code) | "), "\(code)") }
    }

    /// What stands in blocks of commands and between back quotes.
    private func code(_ document: String) throws -> String {
        let text = try Repository.text(document)
        let blocks = text.split(separator: "```", omittingEmptySubsequences: false)
        return blocks.enumerated().map { index, part in
            guard index.isMultiple(of: 2) else { return String(part) }
            return part.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
