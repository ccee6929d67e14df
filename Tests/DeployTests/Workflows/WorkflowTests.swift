// SPDX-License-Identifier: Apache-2.0
// Martlet: the workflows: who may do what, what is pinned, and what a pull request can't reach.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Workflows")
struct WorkflowTests {
    /// What each job may do; whatever is not here is refused.
    private static let permissions: [String: [String: [String: String]]] = [
        "ci": ["lint": read, "test": read, "races": read, "install": read],
        "security": [
            "dependencies": read, "packages": scan, "secrets": scan, "configuration": scan, "images": scan,
            "workflows": scan,
        ],
        "images": ["build": ["contents": "read", "packages": "write"], "publish": publish],
        "release": [
            "version": read, "ci": read, "security": scan, "images": publish, "chart": publish,
            "notes": ["contents": "write"], "deploy": deploy,
        ],
        "deploy": ["dev": deploy, "staging": deploy, "production": deploy],
        "deploy-stage": ["deploy": deploy],
        "scheduled": ["deep": read, "load": read, "drill": ["contents": "read", "id-token": "write"]],
    ]
    private static let read = ["contents": "read"]
    private static let scan = ["contents": "read", "security-events": "write"]
    private static let publish = [
        "contents": "read", "packages": "write", "id-token": "write", "attestations": "write",
    ]
    private static let deploy = ["contents": "read", "packages": "read", "id-token": "write"]

    @Test func allAreKnown() {
        #expect(Workflow.all.map(\.name).sorted() == Self.permissions.keys.sorted())
    }

    @Test(.enabled(if: DeployTool.actionlint.isThere, "\(DeployTool.actionlint.reason)"))
    func actionlintFindsNothing() async throws {
        let shellcheck = try #require(DeployTool.shellcheck.path)
        let files = try Repository.files(in: ".github/workflows", ending: ".yaml")
        let run = try await DeployTool.actionlint.run(["-shellcheck", shellcheck, "-pyflakes="] + files)
        #expect(run.end == .code(0), "\(run.text)")
    }

    @Test(.enabled(if: DeployTool.zizmor.isThere, "\(DeployTool.zizmor.reason)"))
    func zizmorFindsNothing() async throws {
        let run = try await DeployTool.zizmor.run(["--offline", "--quiet", "--color", "never", ".github"])
        #expect(run.end == .code(0), "\(run.text)")
    }

    @Test(
        .enabled(if: DeployTool.checkJSONSchema.isThere, "\(DeployTool.checkJSONSchema.reason)"),
        arguments: [
            ("vendor.github-workflows", ".github/workflows"), ("vendor.dependabot", ".github/dependabot.yml"),
        ]
    )
    func schemasAreKept(_ schema: String, _ path: String) async throws {
        let files = path.hasSuffix(".yml") ? [path] : try Repository.files(in: path, ending: ".yaml")
        #expect(!files.isEmpty)
        let run = try await DeployTool.checkJSONSchema.run(["--builtin-schema", schema] + files)
        #expect(run.end == .code(0), "\(run.text)")
    }

    @Test(arguments: Workflow.all)
    func eachJobHasTheLeastOfPermissions(_ workflow: Workflow) {
        #expect(workflow.tree["permissions"] == .map([:]), "at the top there are none")
        let wanted = Self.permissions[workflow.name] ?? [:]
        #expect(workflow.jobs.map(\.name) == wanted.keys.sorted())
        for (name, job) in workflow.jobs {
            #expect(job["permissions"].texts == wanted[name], "\(name)")
        }
    }

    /// A tag can be moved to something else; a commit can't.
    @Test(arguments: Workflow.all)
    func actionsArePinnedByCommit(_ workflow: Workflow) throws {
        for line in workflow.text.split(separator: "\n") where line.contains("uses:") {
            let text = line.drop { " -".contains($0) }
            guard !text.hasPrefix("uses: $/.github/workflows/") else { continue }
            #expect(text.contains(/^uses: [\w.-]+\/[\w.\/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/), "\(line)")
        }
    }

    /// One version of each action in all files.
    @Test func actionsHaveOneVersionEach() {
        var versions: [Substring: Set<Substring>] = [:]
        for workflow in Workflow.all {
            for match in workflow.text.matches(of: /uses: ([\w.\/-]+)@(\S+ # \S+)/) {
                versions[match.1, default: []].insert(match.2)
            }
        }
        #expect(versions.count >= 10)
        for (action, used) in versions { #expect(used.count == 1, "\(action): \(used)") }
    }

    @Test(arguments: Workflow.all)
    func eachJobEnds(_ workflow: Workflow) {
        for (name, job) in workflow.jobs where job["uses"].isNone {
            #expect(job["timeout-minutes"].number != nil, "\(name)")
            let runner = job["runs-on"].text ?? ""
            #expect(["ubuntu-24.04", "${{ matrix.platform.runner }}"].contains(runner), "\(name): \(runner)")
        }
    }

    /// GitHub's own default lets a command fail unseen in the middle of a pipe.
    @Test(arguments: Workflow.all)
    func commandsFailWhereTheyFail(_ workflow: Workflow) {
        let hasCommands = workflow.jobs.contains { !$0.job["steps"].items.allSatisfy { $0["run"].isNone } }
        #expect(workflow.tree["defaults.run.shell"].text == (hasCommands ? "bash" : nil))
    }

    /// A value of somebody else's choice becomes a word of a command only through a variable.
    @Test(arguments: Workflow.all)
    func noExpressionStandsInACommand(_ workflow: Workflow) {
        for (name, job) in workflow.jobs {
            for step in job["steps"].items {
                #expect(step["run"].text?.contains("${{") != true, "\(name): \(step["run"])")
            }
        }
    }

    @Test(arguments: Workflow.all)
    func checkoutsLeaveNoToken(_ workflow: Workflow) {
        for (name, job) in workflow.jobs {
            for step in job["steps"].items where step["uses"].text?.hasPrefix("actions/checkout@") == true {
                #expect(step["with"]["persist-credentials"].flag == false, "\(name)")
            }
        }
    }

    @Test func pullRequestsReachNoEnvironmentAndNoSecret() throws {
        let open = Workflow.all.filter {
            !$0.triggers.isDisjoint(with: ["pull_request", "pull_request_target", "merge_group"])
        }
        #expect(open.map(\.name).sorted() == ["ci", "security"])
        for workflow in open {
            #expect(try workflow.reachable() == [workflow.name])
            #expect(!workflow.text.contains("{{ secrets."), "\(workflow.name)")
            for (name, job) in workflow.jobs {
                #expect(job["environment"].isNone, "\(name)")
                #expect(job["permissions"]["id-token"].isNone && job["permissions"]["packages"].isNone, "\(name)")
            }
        }
        let dangerous: Set = ["pull_request_target", "workflow_run", "issue_comment", "issues"]
        for workflow in Workflow.all { #expect(workflow.triggers.isDisjoint(with: dangerous), "\(workflow.name)") }
    }

    /// The commands of the workflows are the repository's own.
    @Test(arguments: Workflow.all)
    func commandsExist(_ workflow: Workflow) throws {
        let dev = try Repository.text("dev")
        for (_, job) in workflow.jobs {
            for command in job["steps"].items.compactMap({ $0["run"].text }) {
                for match in command.matches(of: /scripts\/[\w-]+\.sh/) {
                    #expect(FileManager.default.isExecutableFile(atPath: "\(Repository.root)/\(match.0)"), "\(match.0)")
                }
                for match in command.matches(of: /\.\/dev ([a-z]+)/) {
                    #expect(dev.contains("        \(match.1)) cmd_"), "\(match.0)")
                }
                for match in command.matches(of: /grep '\^([\w-]+)==' infra\/dev\/deploy-requirements.txt/) {
                    #expect(
                        try Repository.text("infra/dev/deploy-requirements.txt").contains("\n\(match.1)=="),
                        "\(match.0)"
                    )
                }
            }
        }
    }

    /// One Helm in all of them, and one Swift here, there and in the development container.
    @Test func versionsAreTheSameEverywhere() throws {
        var helms = Set<String>()
        var swifts = Set<String>()
        for workflow in Workflow.all {
            for (_, job) in workflow.jobs {
                if let image = job["container"].text { swifts.insert(image) }
                for command in job["steps"].items.compactMap({ $0["run"].text }) {
                    for match in command.matches(of: /swift:[0-9][a-z0-9.-]*/) { swifts.insert(String(match.0)) }
                }
                for step in job["steps"].items where step["uses"].text?.hasPrefix("azure/setup-helm@") == true {
                    helms.insert(step["with.version"].text ?? "")
                }
            }
        }
        #expect(helms.count == 1, "\(helms)")
        #expect(swifts.count == 1, "\(swifts)")
        let container = try Repository.text(".devcontainer/Dockerfile")
        #expect(container.contains("FROM \(swifts.first ?? "-")\n"))
    }
}
