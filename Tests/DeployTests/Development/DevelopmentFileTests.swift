// SPDX-License-Identifier: Apache-2.0
// Martlet: what editors, containers and hooks for development name exists.

import TestSupport
import Testing

@Suite("Development")
struct DevelopmentFileTests {
    private static let commands = (try? Repository.text("dev")) ?? ""

    /// Comments and commas at the end have no place in them: every reader of JSON takes these files.
    @Test(.enabled(if: DeployTool.python.isThere, "\(DeployTool.python.reason)"))
    func filesAreJSON() async throws {
        let files = try Repository.files(in: ".vscode", ending: ".json") + [".devcontainer/devcontainer.json"]
        #expect(files.count == 5)
        for file in files {
            let run = try await DeployTool.python.run(["-m", "json.tool", file])
            #expect(run.end == .code(0), "\(file): \(run.text)")
            #expect(try !json(file).members.isEmpty, "\(file)")
        }
    }

    @Test func editorTasksCallWhatIsThere() throws {
        let tasks = try json(".vscode/tasks.json")["tasks"].items
        #expect(tasks.count >= 8)
        for task in tasks {
            let words = try #require(task["command"].text).split(separator: " ")
            guard words.first == "./dev" else {
                #expect(words == ["swift", "build"], "\(words)")
                continue
            }
            #expect(Self.commands.contains("        \(words[1])) cmd_"), "\(words)")
        }
        #expect(Set(tasks.compactMap { $0["label"].text }).count == tasks.count)
    }

    /// `./dev watch` really says what the editor waits for.
    @Test func theEditorFollowsTheWatch() throws {
        let text = try Repository.text(".vscode/tasks.json")
        let watch = try Repository.text("infra/dev/watch.sh")
        #expect(text.contains("==> Building") && watch.contains(#"note "Building "#))
        #expect(
            text.contains("Watching|Built|") && watch.contains(#"note "Watching "#) && watch.contains(#"note "Built; "#)
        )
        #expect(text.contains("is ready") && watch.contains(#"is ready""#))
    }

    @Test func theDebuggerKnowsEachProgram() throws {
        let configurations = try json(".vscode/launch.json")["configurations"].items
        let programs = configurations.compactMap { $0["program"].text?.split(separator: "/").last }.map(String.init)
        #expect(programs.sorted() == ["martlet-api", "martlet-backup", "martlet-health", "martlet-worker"])
        let package = try Repository.text("Package.swift")
        for program in programs { #expect(package.contains(".executable(name: \"\(program)\""), "\(program)") }
    }

    @Test func theContainerHasTheEditorsExtensionsAndPorts() throws {
        let container = try json(".devcontainer/devcontainer.json")
        let inside = container["customizations.vscode.extensions"].items
        #expect(!inside.isEmpty)
        #expect(try inside == json(".vscode/extensions.json")["recommendations"].items)
        #expect(container["forwardPorts"].items.compactMap(\.number) == [8080, 8081, 8082, 8083])
        #expect(container["build"].texts == ["dockerfile": "Dockerfile", "context": ".."])
    }

    /// Whoever is not root there can install nothing when a command begins.
    @Test func whatTestsNeedIsInstalledThere() throws {
        let doctor = try Repository.text("infra/dev/doctor.sh")
        let installed = try #require(doctor.firstMatch(of: /--install\) ensure_packages ([a-z ]+) ;;/)).1
        let check = try Repository.text("infra/dev/check.sh")
        let wanted = check.matches(of: /ensure_packages ([a-z ]+)\n/).flatMap { $0.1.split(separator: " ") }
        #expect(wanted.contains("test") && wanted.contains("build"))
        let known = Set(installed.split(separator: " ")).union(["swift"])
        #expect(Set(wanted).subtracting(known) == [])
        #expect(try Repository.text("infra/dev/packages.sh").contains("'python3-venv|python3-venv|test|"))
    }

    /// Its packages are those that ./dev itself knows; there is no second list.
    @Test func theContainerInstallsWhatDevSaysIsMissing() throws {
        let text = try Repository.text(".devcontainer/Dockerfile")
        #expect(text.contains("/tmp/martlet/dev doctor --install"))
        #expect(!text.contains("apt-get install"))
        #expect(Self.commands.contains("./dev doctor [--json | --install]"))
        let ignored = try Repository.text(".devcontainer/Dockerfile.dockerignore").split(separator: "\n")
        #expect(ignored.filter { !$0.hasPrefix("#") } == ["*", "!dev", "!infra/dev"])
    }

    @Test func hooksCallWhatIsThere() throws {
        let hooks = try YAMLTree(parsing: Repository.text(".pre-commit-config.yaml"))
        let repositories = hooks["repos"].items
        // None is fetched from elsewhere.
        #expect(repositories.compactMap { $0["repo"].text } == ["local"])
        let entries = repositories.flatMap { $0["hooks"].items }.compactMap { $0["entry"].text }
        #expect(entries.count >= 3)
        for entry in entries {
            let words = entry.split(separator: " ")
            if words.first == "git" { continue }
            #expect(words.first == "./dev" && Self.commands.contains("        \(words[1])) cmd_"), "\(entry)")
        }
    }

    @Test(.enabled(if: DeployTool.yamllint.isThere, "\(DeployTool.yamllint.reason)"))
    func yamllintFindsNothing() async throws {
        let run = try await DeployTool.yamllint.run(["--strict", "."])
        #expect(run.end == .code(0), "\(run.text)")
    }

    /// JSON is YAML, too.
    private func json(_ path: String) throws -> YAMLTree { try YAMLTree(parsing: Repository.text(path)) }
}
