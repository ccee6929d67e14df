// SPDX-License-Identifier: Apache-2.0
// Martlet: steps of workflows, run as GitHub runs them.

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("Steps of workflows")
struct WorkflowStepTests {
    /// A tag that is the chart's version is a release; on main the commit is the version; anything else is refused.
    @Test func aVersionIsTheChartsOrTheCommit() async throws {
        let chart = try YAMLTree(parsing: Repository.text("helm/martlet/Chart.yaml"))
        let version = try #require(chart["version"].text)
        let step = try script("release", "version", "Name it")
        let commit = "0123456789abcdef0123456789abcdef01234567"
        let tag = try await run(
            step,
            ["GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v\(version)", "GITHUB_SHA": commit]
        )
        #expect(tag.end == .code(0) && tag.output == "tag=\(version)\n", "\(tag)")
        let main = try await run(step, ["GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main", "GITHUB_SHA": commit])
        #expect(main.end == .code(0) && main.output == "tag=sha-0123456789ab\n", "\(main)")
        let wrong = try await run(step, ["GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v99.0.0", "GITHUB_SHA": commit])
        #expect(wrong.end == .code(1) && wrong.text.contains("::error::the tag is v99.0.0"), "\(wrong)")
        #expect(wrong.output.isEmpty)
    }

    /// One image without our signature stops a deployment; what is deployed is what was verified, wherever its tag goes.
    @Test(.enabled(if: DeployTool.jq.isThere, "\(DeployTool.jq.reason)"))
    func eachImageMustBeSigned() async throws {
        let step = try script("deploy-stage", "deploy", "Demand our own signature on each image")
        let settings = [
            "IMAGES": "registry.test/us", "TAG": "1.2.3", "COMMIT": "abc", "GITHUB_REPOSITORY": "us/mart.let",
        ]
        let answer = #"echo '[{"critical": {"image": {"docker-manifest-digest": "'"$digest"'"}}}]'"#
        let cosign = "echo \"$@\" >>calls; digest=sha256:${2//[^a-z]/}; \(answer)"
        let good = try await run(step, settings, tools: ["cosign": cosign])
        #expect(good.end == .code(0), "\(good)")
        let values = ["api", "worker", "health", "backup"].map {
            "\($0).image.digest=sha256:registrytestusmartlet\($0)"
        }
        #expect(good.output == "values=\(values.joined(separator: ","))\n")
        let deploy = try script("deploy-stage", "deploy", "Deploy it")
        #expect(deploy.hasSuffix("--set-string \"global.image.registry=$IMAGES,$DIGESTS\""), "\(deploy)")
        let calls = good.calls.split(separator: "\n")
        #expect(calls.count == 4)
        for (call, program) in zip(calls, ["api", "worker", "health", "backup"]) {
            #expect(call.hasPrefix("verify registry.test/us/martlet-\(program):1.2.3 "), "\(call)")
            // Of main and of versions alone: whoever may push a branch could have signed there what nobody has reviewed.
            let words = call.split(separator: " ")
            let pattern = try #require(words.drop { $0 != "--certificate-identity-regexp" }.dropFirst().first)
            let own = try Regex(String(pattern)),
                signer = "https://github.com/us/mart.let/.github/workflows/images.yaml@"
            for ref in ["refs/heads/main", "refs/tags/v1.2.3"] {
                #expect("\(signer)\(ref)".contains(own), "\(ref): \(pattern)")
            }
            for ref in [
                "refs/heads/mine", "refs/heads/main2", "refs/pull/1/merge", "refs/tags/v1.2.3-mine", "refs/tags/mine",
            ] {
                #expect(!"\(signer)\(ref)".contains(own), "\(ref): \(pattern)")
            }
            #expect(!"https://github.com/us/martXlet/.github/workflows/images.yaml@refs/heads/main".contains(own))
            #expect(call.hasSuffix("--certificate-github-workflow-sha abc"), "\(call)")
        }
        let bad = try await run(
            step,
            settings,
            tools: ["cosign": "[[ $2 != */martlet-worker:* ]] || exit 1; \(cosign)"]
        )
        #expect(bad.end != .code(0) && bad.output.isEmpty, "\(bad)")
        let unknown = try await run(step, settings, tools: ["cosign": "echo '[{}]'"])
        #expect(unknown.end != .code(0) && unknown.output.isEmpty, "\(unknown)")
    }

    /// What a verification would lack is missed before anything is deployed.
    @Test(arguments: ["staging", "prod"], ["MARTLET_API_KEY", "PROMETHEUS_URL"])
    func whatCantBeJudgedIsNotDeployed(_ stage: String, _ missing: String) async throws {
        let step = try script("deploy-stage", "deploy", "Demand what the verification needs")
        let steps = try Workflow.named("deploy-stage").tree["jobs.deploy.steps"].items
        #expect(steps.first?["run"].text == step, "it comes first")
        let settings = ["STAGE": stage, "MARTLET_API_KEY": "key", "PROMETHEUS_URL": "monitoring/prometheus:9090"]
        let good = try await run(step, settings)
        #expect(good.end == .code(0), "\(good)")
        let bad = try await run(step, settings.merging([missing: ""]) { $1 })
        #expect(bad.end == .code(1) && bad.text.contains("::error::this environment needs \(missing)"), "\(bad)")
        let dev = try await run(step, ["STAGE": "dev", "MARTLET_API_KEY": "", "PROMETHEUS_URL": ""])
        #expect(dev.end == .code(0), "\(dev)")
    }

    /// Both platforms or none: an image for one of them is no image.
    @Test func anImageHasBothPlatforms() async throws {
        let step = try script("images", "publish", "Join the platforms")
        let docker = #"[[ $* != *inspect* ]] && echo "$@" >>calls || echo '"sha256:joined"'"#
        let settings = ["PREFIX": "registry.test/us/martlet-", "SERVICE": "api", "TAG": "1.2.3"]
        let both = try await run(step, settings, tools: ["docker": docker], files: ["digests/aa", "digests/bb"])
        #expect(
            both.end == .code(0) && both.output == "name=registry.test/us/martlet-api\ndigest=sha256:joined\n",
            "\(both)"
        )
        let sources = "registry.test/us/martlet-api@sha256:aa registry.test/us/martlet-api@sha256:bb"
        #expect(both.calls == "buildx imagetools create --tag registry.test/us/martlet-api:unsigned-1.2.3 \(sources)\n")
        let one = try await run(step, settings, tools: ["docker": docker], files: ["digests/aa"])
        #expect(one.end == .code(1) && one.output.isEmpty && one.calls.isEmpty, "\(one)")
    }

    /// A registry takes small letters only, and the name of an owner may have others.
    @Test(arguments: [
        ("images", "build", "Name the images", "PREFIX=ghcr.io/some-owner/martlet-"),
        ("images", "publish", "Name the images", "PREFIX=ghcr.io/some-owner/martlet-"),
        ("deploy-stage", "deploy", "Name the images", "IMAGES=ghcr.io/some-owner"),
        ("release", "chart", "Name the charts", "CHARTS=ghcr.io/some-owner/charts"),
    ])
    func ownersMayHaveCapitals(_ workflow: String, _ job: String, _ name: String, _ words: String) async throws {
        let settings = ["REGISTRY": "ghcr.io", "GITHUB_REPOSITORY_OWNER": "Some-Owner"]
        let run = try await run(try script(workflow, job, name), settings)
        #expect(run.end == .code(0) && run.variables == "\(words)\n", "\(run)")
        let variable = String(words.prefix { $0 != "=" })
        let steps = try Workflow.named(workflow).tree["jobs"][job]["steps"].items
        let users = steps.indices.filter { "\(steps[$0])".contains(variable) }
        #expect(users.count > 1 && steps[users[0]]["name"].text == name, "it is named before it is used")
        #expect(Workflow.all.allSatisfy { !$0.text.contains("github.repository_owner") })
    }

    private struct StepRun: Sendable {
        let end: ClusterExit
        let text: String
        /// What it wrote for later steps.
        let output: String
        /// What it wrote for the environment of later steps.
        let variables: String
        /// What its stand-ins recorded.
        let calls: String
    }

    private func script(_ workflow: String, _ job: String, _ name: String) throws -> String {
        let steps = try Workflow.named(workflow).tree["jobs"][job]["steps"].items
        return try #require(steps.first { $0["name"].text == name }?["run"].text)
    }

    /// Runs commands as `shell: bash` does, in a copy of what they read.
    private func run(
        _ script: String,
        _ environment: [String: String],
        tools: [String: String] = [:],
        files: [String] = []
    ) async throws -> StepRun {
        let folder = try RecoveryFolder()
        let path = folder.path
        let manager = FileManager.default
        try manager.createDirectory(atPath: "\(path)/helm/martlet", withIntermediateDirectories: true)
        try manager.copyItem(
            atPath: "\(Repository.root)/helm/martlet/Chart.yaml",
            toPath: "\(path)/helm/martlet/Chart.yaml"
        )
        try manager.createDirectory(atPath: "\(path)/digests", withIntermediateDirectories: true)
        for file in files { try Data().write(to: URL(filePath: "\(path)/\(file)")) }
        for file in ["calls", "output", "variables"] { try Data().write(to: URL(filePath: "\(path)/\(file)")) }
        for (name, body) in tools {
            try ScriptFile.write("#!/bin/bash\n\(body)\n", to: "\(path)/\(name)")
        }
        try Data(script.utf8).write(to: URL(filePath: "\(path)/step"))
        let surroundings = [
            "PATH": "\(path):\(DeployTool.surroundings("")["PATH"] ?? "")", "GITHUB_OUTPUT": "\(path)/output",
            "GITHUB_ENV": "\(path)/variables",
        ]
        let run = try await DeployTool("bash").run(
            ["--noprofile", "--norc", "-eo", "pipefail", "step"],
            environment: surroundings.merging(environment) { $1 },
            in: path
        )
        let output = try String(contentsOfFile: "\(path)/output", encoding: .utf8)
        let calls = try String(contentsOfFile: "\(path)/calls", encoding: .utf8)
        let variables = try String(contentsOfFile: "\(path)/variables", encoding: .utf8)
        return StepRun(end: run.end, text: run.text, output: output, variables: variables, calls: calls)
    }
}
