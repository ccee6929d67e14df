// SPDX-License-Identifier: Apache-2.0
// Martlet: the way from a commit to production: what is demanded before each step.

import TestSupport
import Testing

@Suite("The way to production")
struct ReleaseTests {
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
        for job in ["configuration", "images", "packages"] {
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
        for job in ["secrets", "configuration", "images", "packages", "workflows"] {
            let upload = security[job]["steps"].items.last
            #expect(upload?["uses"].text?.hasPrefix("github/codeql-action/upload-sarif@") == true, "\(job)")
            #expect(upload?["if"].text?.contains("!cancelled()") == true, "\(job)")
        }
    }
}
