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
            "dependencies": read, "secrets": scan, "configuration": scan, "images": scan, "workflows": scan,
        ],
        "images": ["build": ["contents": "read", "packages": "write"], "publish": publish],
        "release": [
            "version": read, "ci": read, "security": scan, "images": publish, "chart": publish,
            "notes": ["contents": "write"], "deploy": deploy,
        ],
        "deploy": ["dev": deploy, "staging": deploy, "production": deploy],
        "deploy-stage": ["deploy": deploy],
        "scheduled": ["load": read, "drill": ["contents": "read", "id-token": "write"]],
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

    /// Whatever touches an environment goes through its rules, one after another, and without a key that is kept.
    @Test func environmentsAreGuarded() throws {
        for workflow in Workflow.all {
            for (name, job) in workflow.jobs {
                let steps = job["steps"].items
                let uses = steps.compactMap { $0["uses"].text }
                guard uses.contains(where: { $0.hasPrefix("aws-actions/") }) else { continue }
                #expect(!job["environment"].isNone, "\(workflow.name).\(name)")
                #expect(job["concurrency.cancel-in-progress"].flag == false, "\(workflow.name).\(name)")
                #expect(job["permissions.id-token"].text == "write", "\(workflow.name).\(name)")
                for step in steps where step["uses"].text?.hasPrefix("aws-actions/") == true {
                    #expect(step["with.role-to-assume"].text == "${{ vars.AWS_ROLE_ARN }}")
                    #expect(step["with.aws-access-key-id"].isNone)
                }
            }
        }
    }

    /// A workflow that is called gets no secret, not even one of its job's environment, unless it declares it and each caller passes it.
    @Test func secretsReachTheWorkflowsThatAreCalled() throws {
        var passed = 0
        for workflow in Workflow.all {
            if workflow.triggers.contains("workflow_call") {
                let declared = Set(workflow.tree["on.workflow_call.secrets"].members.keys)
                let used = Set(workflow.text.matches(of: /secrets\.([A-Z_]+)/).map { String($0.1) })
                #expect(used.subtracting(["GITHUB_TOKEN"]) == declared, "\(workflow.name)")
            }
            for (name, job) in workflow.jobs {
                guard let called = Workflow.called(by: job) else { continue }
                let declared = try Workflow.named(called).tree["on.workflow_call.secrets"].members.keys
                let wanted = Dictionary(uniqueKeysWithValues: declared.map { ($0, "${{ secrets.\($0) }}") })
                #expect(job["secrets"].texts == wanted, "\(workflow.name).\(name)")
                passed += wanted.count
            }
        }
        #expect(passed == 4)
    }

    @Test func eachStageWaitsForTheOneBefore() throws {
        let deploy = try Workflow.named("deploy").tree["jobs"]
        #expect(deploy["dev.needs"].isNone)
        #expect(deploy["staging.needs"].text == "dev")
        #expect(deploy["production.needs"].text == "staging")
        for (stage, values) in [("dev", "dev"), ("staging", "staging"), ("production", "prod")] {
            #expect(Workflow.called(by: deploy[stage]) == "deploy-stage")
            #expect(deploy[stage]["with"].texts["environment"] == stage)
            #expect(deploy[stage]["with"].texts["values"] == values)
        }
        let stage = try Workflow.named("deploy-stage").tree["jobs.deploy"]
        #expect(stage["environment"].text == "${{ inputs.environment }}")
        let commands = stage["steps"].items.compactMap { $0["run"].text }
        let order = ["cosign verify", "scripts/deploy.sh", "scripts/verify-deploy.sh"]
        let places = order.compactMap { word in commands.firstIndex { $0.contains(word) } }
        #expect(places.count == order.count && places == places.sorted(), "\(commands)")
    }

    /// A commit whose tests or scans fail is neither published nor deployed, on whatever branch its tag is.
    @Test func nothingIsReleasedThatHasNotPassed() throws {
        let release = try Workflow.named("release")
        let jobs = release.tree["jobs"]
        func before(_ name: String) -> Set<String> {
            let needs = jobs[name]["needs"]
            let names = needs.items.compactMap(\.text) + [needs.text].compactMap(\.self)
            return names.reduce(into: Set(names)) { $0.formUnion(before($1)) }
        }
        for check in ["ci", "security"] {
            #expect(Workflow.called(by: jobs[check]) == check)
            #expect(jobs[check]["if"].isNone && jobs[check]["needs"].isNone)
        }
        for (name, job) in release.jobs where !["version", "ci", "security"].contains(name) {
            #expect(before(name).isSuperset(of: ["ci", "security"]), "\(name)")
            #expect(job["if"].text?.contains("(") != true, "\(name) may not go on after a failure")
        }
    }

    @Test func aReleaseIsScannedSignedAndAttestedBeforeItIsTagged() throws {
        let images = try Workflow.named("images").tree["jobs"]
        let build = images["build"]
        #expect(
            build["strategy.matrix.platform"].items.compactMap { $0["runner"].text } == [
                "ubuntu-24.04", "ubuntu-24.04-arm",
            ]
        )
        let options = build["steps"].items.first { $0["id"].text == "build" }?["with"].texts ?? [:]
        #expect(options["provenance"] == "mode=max" && options["sbom"] == "true")
        #expect(options["outputs"]?.contains("push-by-digest=true") == true)
        let steps = images["publish.steps"].items
        func place(_ found: (YAMLTree) -> Bool) -> Int { steps.firstIndex(where: found) ?? -1 }
        let scan = place { $0["with.exit-code"].text == "1" && $0["with.severity"].text == "HIGH,CRITICAL" }
        let sign = place { $0["run"].text?.contains("cosign sign --yes") == true }
        let provenance = place { $0["uses"].text?.hasPrefix("actions/attest@") == true && $0["with.sbom-path"].isNone }
        let contents = place { !$0["with.sbom-path"].isNone }
        let tag = place { $0["name"].text == "Give it its tag" }
        #expect(scan >= 0 && scan < sign && sign < provenance && provenance < contents && contents < tag)
        // Each platform, since a scanner takes but one.
        for platform in ["amd64", "arm64"] {
            let own = steps.indices.filter { steps[$0]["env.TRIVY_PLATFORM"].text == "linux/\(platform)" }
            let lists = own.compactMap { steps[$0]["with.output"].text }
            #expect(own.count == 2 && own.allSatisfy { $0 < sign } && lists.count == 1, "\(platform)")
            #expect(own.contains { steps[$0]["with.exit-code"].text == "1" }, "\(platform)")
            let attested = steps.filter { $0["with.sbom-path"].text == lists.first }
            #expect(attested.count == 1, "\(platform)")
        }
        let scanners = steps.filter { $0["uses"].text?.hasPrefix("aquasecurity/") == true }
        #expect(scanners.count == 4)
        let release = try Workflow.named("release").tree["jobs"]
        #expect(release["deploy.needs"].items.compactMap(\.text) == ["version", "images"])
        #expect(
            release["chart.steps"].items.contains { $0["run"].text?.contains("cosign sign --yes \"$CHARTS") == true }
        )
    }

    /// What a scan finds ends the run, and is shown where findings are kept.
    @Test func scansFailOnWhatIsHigh() throws {
        let security = try Workflow.named("security").tree["jobs"]
        for job in ["configuration", "images"] {
            let scans = security[job]["steps"].items.filter {
                $0["uses"].text?.hasPrefix("aquasecurity/trivy-action@") == true
            }
            #expect(scans.count == 1)
            for scan in scans {
                #expect(scan["with.severity"].text == "HIGH,CRITICAL" && scan["with.exit-code"].text == "1", "\(job)")
                #expect(scan["with.format"].text == "sarif", "\(job)")
            }
        }
        #expect(security["dependencies.steps"].items.contains { $0["with.fail-on-severity"].text == "high" })
        for job in ["secrets", "configuration", "images", "workflows"] {
            let upload = security[job]["steps"].items.last
            #expect(upload?["uses"].text?.hasPrefix("github/codeql-action/upload-sarif@") == true, "\(job)")
            #expect(upload?["if"].text?.contains("!cancelled()") == true, "\(job)")
        }
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
