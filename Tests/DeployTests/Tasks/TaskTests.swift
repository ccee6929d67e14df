// SPDX-License-Identifier: Apache-2.0
// Martlet: Taskfile.yml, as Task itself reads it.

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("Tasks", .enabled(if: DeployTool.task.isThere, "\(DeployTool.task.reason)"))
struct TaskTests {
    private static let file = (try? YAMLTree(parsing: Repository.text("Taskfile.yml"))) ?? .none
    private static let names = file["tasks"].members.keys.sorted()
    private static let forClusters = names.filter { !file["tasks"].member($0)["requires"].isNone }

    @Test func thereAreThoseThatAreDocumented() {
        let wanted = [
            "setup", "dev", "test", "lint", "docker:build", "docker:up", "docker:down", "deploy", "verify", "rollback",
            "logs", "clean", "undeploy", "monitoring:install", "monitoring:status", "backup", "restore", "drill",
            "load", "minikube:start",
            "minikube:deploy", "minikube:delete",
        ]
        for name in wanted { #expect(Self.names.contains(name), "\(name)") }
        #expect(
            Self.forClusters == ["deploy", "monitoring:install", "monitoring:status", "rollback", "undeploy", "verify"]
        )
    }

    @Test(.enabled(if: DeployTool.checkJSONSchema.isThere, "\(DeployTool.checkJSONSchema.reason)"))
    func theFileKeepsTheSchema() async throws {
        let run = try await DeployTool.checkJSONSchema.run(["--builtin-schema", "vendor.taskfile", "Taskfile.yml"])
        #expect(run.end == .code(0), "\(run.text)")
    }

    @Test func allAreListed() async throws {
        let run = try await DeployTool.task.run(["--list-all"])
        #expect(run.end == .code(0), "\(run.text)")
        for name in Self.names {
            let description = Self.file["tasks"].member(name)["desc"].text
            #expect(description?.isEmpty == false, "\(name)")
            #expect(run.text.contains("* \(name):") && run.text.contains(description ?? "-"), "\(name)")
        }
    }

    /// Each task, with what it needs, names commands that exist.
    @Test(arguments: names)
    func eachTaskCallsWhatIsThere(_ name: String) async throws {
        for environment in Self.forClusters.contains(name) ? ["dev", "staging", "prod"] : [""] {
            let commands = try await commands(of: name, environment.isEmpty ? [] : ["ENV=\(environment)"])
            #expect(!commands.isEmpty)
            for command in commands { try expectThere(command) }
            if !environment.isEmpty { #expect(commands.allSatisfy { $0.contains(" \(environment)") }, "\(commands)") }
        }
    }

    /// A variable that a shell happens to have must not turn what cleans up here into what removes a release there.
    @Test func whatRemovesAReleaseHasANameOfItsOwn() async throws {
        let here = try await commands(of: "clean", ["ENV=staging"])
        #expect(here == ["./dev down", "rm -rf .build .build-tsan"])
        #expect(try await commands(of: "undeploy", ["ENV=staging"]) == ["scripts/uninstall.sh staging"])
        #expect(Self.file["tasks.undeploy.prompt"].text?.contains("{{.ENV}}") == true)
    }

    @Test(arguments: ["logs", "drill"])
    func anEnvironmentLeadsToItsCluster(_ name: String) async throws {
        let here = try await commands(of: name)
        #expect(here.allSatisfy { !$0.contains("scripts/") }, "\(here)")
        let there = try await commands(of: name, ["ENV=staging"])
        #expect(there.contains { $0.hasPrefix("scripts/") && $0.contains(".sh staging") }, "\(there)")
        #expect(there.allSatisfy { !$0.contains("./dev") && !$0.contains("rm ") }, "\(there)")
        for command in there { try expectThere(command) }
    }

    @Test(arguments: forClusters)
    func wrongEnvironmentsAreRefused(_ name: String) async throws {
        for words in [[], ["ENV=production"], ["ENV="]] {
            let run = try await DeployTool.task.run(["--dry", name] + words)
            #expect(run.end != .code(0) && run.text.contains("[dev staging prod]"), "\(run.text)")
            #expect(!run.text.contains("task: [\(name)]"), "\(run.text)")
        }
    }

    @Test func argumentsArePassedOn() async throws {
        #expect(try await commands(of: "up", ["--", "--fresh"]) == ["./dev up --fresh"])
        let deploy = try await commands(of: "deploy", ["ENV=dev", "--", "--tag", "1.2.3"])
        #expect(deploy == ["scripts/deploy.sh dev --verify --tag 1.2.3"])
        let load = try await commands(of: "load", ["URL=http://127.0.0.1:9"])
        #expect(load == ["scripts/load.sh http://127.0.0.1:9"])
        let odd = try await commands(of: "load", ["URL=http://127.0.0.1:9/?a=1&b=2"])
        #expect(odd == ["scripts/load.sh 'http://127.0.0.1:9/?a=1&b=2'"])
    }

    @Test func whatIsMissingIsSaidBeforeAnythingIsDone() async throws {
        let blind = try await DeployTool.task.run(["--dry", "deploy", "ENV=prod"])
        #expect(blind.end != .code(0) && blind.text.contains("set MARTLET_PROMETHEUS_URL"), "\(blind.text)")
        #expect(!blind.text.contains("task: [deploy]"), "\(blind.text)")
        let containers = try await DeployTool.task.run(["--dry", "docker:up"], environment: ["PATH": "/nowhere"])
        #expect(
            containers.end != .code(0) && containers.text.contains("Docker with Compose is missing"),
            "\(containers.text)"
        )
    }

    /// Nothing is done twice: tasks only call what does it.
    @Test func tasksHoldNoLogic() {
        let allowed = [
            "./dev ", "scripts/", "docker compose ", "task --list", "pre-commit install", "rm -rf .build", "{{if ",
        ]
        for name in Self.names {
            for item in Self.file["tasks"].member(name)["cmds"].items {
                let command = item.text ?? item["cmd"].text ?? ""
                #expect(allowed.contains { command.hasPrefix($0) }, "\(name): \(command)")
            }
        }
    }

    /// What a task would run.
    private func commands(of name: String, _ words: [String] = []) async throws -> [String] {
        // Where Docker and k6 are not installed, tasks that need them are looked at all the same.
        let folder = try RecoveryFolder()
        for tool in ["docker", "k6", "pre-commit"] {
            try ScriptFile.write("#!/bin/sh\n", to: "\(folder.path)/\(tool)")
        }
        var words = words
        if name == "load", words.isEmpty { words = ["URL=http://127.0.0.1:8080"] }
        let run = try await DeployTool.task.run(
            ["--dry", "--yes", name] + words,
            environment: [
                "PATH": "\(folder.path):\(DeployTool.surroundings("")["PATH"] ?? "")",
                "MARTLET_PROMETHEUS_URL": "http://127.0.0.1:9090",
            ]
        )
        guard run.end == .code(0) else { throw ClusterFailure("task \(name) \(words): \(run.text)") }
        return run.text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("task: [\(name)] ") else { return nil }
            return String(line.dropFirst("task: [\(name)] ".count)).trimmed
        }
    }

    private func expectThere(_ command: String) throws {
        let words = command.split(separator: " ").map(String.init)
        let program = try #require(words.first)
        guard program.contains("/") else {
            #expect(["docker", "task", "pre-commit", "rm", "true"].contains(program), "\(command)")
            return
        }
        #expect(access("\(Repository.root)/\(program)", X_OK) == 0, "\(command)")
        if program == "./dev" {
            let verb = try #require(words.dropFirst().first)
            #expect(try Repository.text("dev").contains("        \(verb)) cmd_"), "\(command)")
        }
    }
}

extension String {
    /// Without spaces at its end.
    fileprivate var trimmed: String { String(reversed().drop { $0.isWhitespace }.reversed()) }
}
