// SPDX-License-Identifier: Apache-2.0
// Martlet: what the scripts that deploy, roll back, remove and drill ask of a cluster.

import TestSupport
import Testing

@Suite("Scripts for clusters", .enabled(if: DeployTool.jq.isThere, "\(DeployTool.jq.reason)"))
struct DeployScriptTests {
    /// Helm 4's own way to wait never sees a Rollout of Argo ready.
    @Test(arguments: [("v3.22.0", "--wait --atomic"), ("v4.2.4", "--wait=legacy --rollback-on-failure")])
    func eachHelmIsToldToWaitAndToGoBackByItself(_ version: String, _ options: String) async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("deploy.sh", "dev", answers: .init(helmVersion: version))
        #expect(run.end == .code(0), "\(run.text)")
        let upgrade = try commands.calls(of: "helm", "upgrade").first ?? ""
        #expect(upgrade.hasSuffix(" \(options)"), "\(upgrade)")
        #expect(upgrade.hasPrefix("helm --namespace martlet-dev upgrade martlet helm/martlet --install"))
        #expect(upgrade.contains("--values helm/martlet/values-dev.yaml"))
    }

    @Test func otherHelmsAreRefused() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("deploy.sh", "dev", answers: .init(helmVersion: "v2.17.0"))
        #expect(run.end == .code(2) && run.text.contains("Helm 3 or 4 is needed; found: v2.17.0"), "\(run.text)")
        #expect(try commands.calls(of: "helm", "upgrade").isEmpty)
    }

    @Test func optionsReachHelm() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run(
            "deploy.sh",
            "prod",
            "--context",
            "main",
            "--tag",
            "1.2.3",
            "--namespace",
            "jobs",
            "--release",
            "blue",
            "--timeout",
            "5m",
            "--",
            "--set",
            "api.replicas=2"
        )
        #expect(run.end == .code(0), "\(run.text)")
        let upgrade = try commands.calls(of: "helm", "upgrade").first ?? ""
        #expect(upgrade.hasPrefix("helm --kube-context main --namespace jobs upgrade blue helm/martlet"), "\(upgrade)")
        #expect(upgrade.contains("--values helm/martlet/values-prod.yaml"))
        #expect(upgrade.contains("--set-string global.image.tag=1.2.3"))
        #expect(upgrade.contains("--timeout 5m"))
        #expect(upgrade.hasSuffix("--set api.replicas=2"))
    }

    /// What is verified, and rolled back, is what was deployed: the same release in the same place.
    @Test func whatWasDeployedIsVerified() async throws {
        let place = ["--context", "main", "--namespace", "jobs", "--release", "blue", "--timeout", "5m"]
        let commands = try ClusterCommands()
        // Nothing of it runs.
        let run = try await commands.run("deploy.sh", ["dev", "--verify"] + place)
        #expect(run.end == .code(1) && run.text.contains("there is nothing of release blue in jobs"), "\(run.text)")
        let calls = try commands.calls.filter { !$0.contains(" version ") }
        #expect(calls.count >= 4 && calls.allSatisfy { $0.contains("context main --namespace jobs ") }, "\(calls)")
        #expect(calls.first?.contains(" upgrade blue ") == true)
        #expect(calls.last?.contains(" rollback blue 1 ") == true && calls.last?.hasSuffix(" 5m") == true, "\(calls)")

        let failed = try await commands.run("deploy.sh", ["dev", "--verify"] + place, answers: .init(upgrade: 1))
        #expect(failed.end == .code(1) && !failed.text.contains("is nothing of release"), "\(failed.text)")
        let dry = try await commands.run("deploy.sh", ["dev", "--verify", "--dry-run"] + place)
        #expect(dry.end == .code(0) && !dry.text.contains("is nothing of release"), "\(dry.text)")
    }

    /// A Rollout of Argo is healthy as long as its controller has not seen what is new.
    @Test(
        arguments: [
            (["7 6 Healthy", "7 7 Progressing", "7 7 Healthy"], 3, "Is api ready?"),
            (["7 6 Healthy", "7 7 Degraded"], 2, "rollout.argoproj.io/martlet-api is degraded"),
            (["7 6 Healthy"], nil, "is not healthy after 8s, but Healthy"),
        ] as [([String], Int?, String)]
    )
    func aRolloutOfArgoIsWaitedFor(_ answers: [String], _ looks: Int?, _ words: String) async throws {
        let commands = try ClusterCommands()
        let options = ["dev", "--no-rollback", "--timeout", "8s"]
        // What comes after the roll-out finds no pod of it.
        let run = try await commands.run("verify-deploy.sh", options, answers: .init(argo: answers))
        #expect(run.end == .code(3) && run.text.contains(words), "\(run.text)")
        let asked = try commands.calls.filter { $0.contains("get rollout.argoproj.io/martlet-api ") }.count
        #expect(looks.map { $0 == asked } ?? (asked > 1), "\(run.text)")
    }

    @Test func aDryRunChangesNothing() async throws {
        let commands = try ClusterCommands()
        #expect(try await commands.run("deploy.sh", "dev", "--dry-run").end == .code(0))
        let upgrade = try commands.calls(of: "helm", "upgrade").first ?? ""
        #expect(upgrade.contains("--dry-run=server") && !upgrade.contains("--rollback-on-failure"), "\(upgrade)")
    }

    @Test func whatHelmSaysIsPassedOn() async throws {
        let commands = try ClusterCommands()
        #expect(try await commands.run("deploy.sh", "dev", answers: .init(upgrade: 1)).end == .code(1))
    }

    @Test(arguments: ["deploy.sh", "rollback.sh", "verify-deploy.sh", "uninstall.sh", "drill.sh", "logs.sh"])
    func noClusterIsHitByMistake(_ script: String) async throws {
        for environment in ["staging", "prod"] {
            let commands = try ClusterCommands()
            let run = try await commands.run(script, environment)
            #expect(run.end == .code(2) && run.text.contains("\(environment) needs --context NAME"), "\(run.text)")
            #expect(try commands.calls.isEmpty)
        }
    }

    @Test(arguments: ["deploy.sh", "rollback.sh", "verify-deploy.sh", "uninstall.sh", "drill.sh", "logs.sh"])
    func wrongWordsAreNamed(_ script: String) async throws {
        let commands = try ClusterCommands()
        let environment = try await commands.run(script, "production")
        #expect(environment.end == .code(2))
        #expect(environment.text.contains("'production' is no environment; allowed: dev, staging, prod"))
        let option = try await commands.run(script, "dev", "--colour", "red")
        #expect(option.end == .code(2) && option.text.contains("there is no option '--colour'"), "\(option.text)")
        let value = try await commands.run(script, "dev", "--namespace")
        #expect(value.end == .code(2) && value.text.contains("--namespace needs a value"), "\(value.text)")
        let nothing = try await commands.run(script)
        #expect(nothing.end == .code(2) && nothing.text.contains("name the environment"), "\(nothing.text)")
        #expect(try commands.calls.isEmpty)
    }

    @Test(
        arguments: [
            // Failed upgrades are passed over.
            (2, [.init(.superseded), .init(.superseded), .init(.failed), .init(.deployed)]),
            // From the present one, which is a rollback, not to what it was made for.
            (1, [.init(.superseded), .init(.superseded), .init(.superseded), .init(.deployed, backTo: 2)]),
            // Nor by several steps.
            (
                1,
                [
                    .init(.superseded), .init(.superseded), .init(.superseded), .init(.superseded, backTo: 2),
                    .init(.superseded),
                    .init(.deployed, backTo: 4),
                ]
            ),
            // After a failed upgrade the one before is still in force; one before that would be too far.
            (4, [.init(.superseded), .init(.superseded), .init(.superseded), .init(.deployed), .init(.failed)]),
            (1, [.init(.deployed), .init(.failed)]),
            (3, [.init(.superseded), .init(.failed), .init(.deployed, backTo: 1), .init(.failed)]),
            // A rollback that was upgraded is as good as what it went back to.
            (3, [.init(.superseded), .init(.superseded), .init(.superseded, backTo: 1), .init(.deployed)]),
        ] as [(Int, [ClusterCommands.Revision])]
    )
    func aRollbackGoesToWhatWasGood(_ revision: Int, _ history: [ClusterCommands.Revision]) async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("rollback.sh", "dev", answers: .init(history: history))
        #expect(run.end == .code(0) && run.text.contains("runs revision \(revision) again"), "\(run.text)")
        #expect(
            try commands.calls(of: "helm", "rollback") == [
                "helm --namespace martlet-dev rollback martlet \(revision) --wait=legacy --cleanup-on-fail --timeout 20m"
            ]
        )
    }

    @Test func aRollbackGoesToANamedRevision() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("rollback.sh", "staging", "--context", "main", "--revision", "7")
        #expect(run.end == .code(0), "\(run.text)")
        #expect(try commands.calls(of: "helm", "rollback").first?.contains("rollback martlet 7 ") == true)
        let wrong = try await commands.run("rollback.sh", "dev", "--revision", "last")
        #expect(wrong.end == .code(2), "\(wrong.text)")
    }

    @Test(
        arguments: [
            [.init(.deployed)], [.init(.failed), .init(.deployed)], [],
            [.init(.superseded), .init(.superseded), .init(.deployed, backTo: 1)],
        ] as [[ClusterCommands.Revision]]
    )
    func nothingToGoBackToIsSaid(_ history: [ClusterCommands.Revision]) async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("rollback.sh", "dev", answers: .init(history: history))
        #expect(run.end == .code(3), "\(run.text)")
        #expect(try commands.calls(of: "helm", "rollback").isEmpty)
    }

    @Test func aFailedRollbackIsSaid() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("rollback.sh", "dev", answers: .init(rollback: 1))
        #expect(run.end == .code(1) && run.text.contains("the rollback to revision 1 failed"), "\(run.text)")
    }

    /// Exit code 3 would say that there is nothing to go back to, or no drill to start.
    @Test(arguments: [("rollback.sh", "cluster unreachable"), ("drill.sh", "can't be asked for CronJobs")])
    func aClusterThatCantBeAskedIsNoEmptyOne(_ script: String, _ words: String) async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run(script, "dev", answers: .init(isAway: true))
        #expect(run.end == .code(1) && run.text.contains(words), "\(run.text)")
        #expect(try commands.calls(of: "helm", "rollback").isEmpty)
    }

    @Test func productionIsNotRemovedInPassing() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("uninstall.sh", "prod", "--context", "main")
        #expect(run.end == .code(2) && run.text.contains("say --yes"), "\(run.text)")
        #expect(try commands.calls.isEmpty)
        #expect(try await commands.run("uninstall.sh", "prod", "--context", "main", "--yes").end == .code(0))
        #expect(try commands.calls(of: "helm", "uninstall").count == 1)
    }

    @Test func aDrillEndsAsItsJobDoes() async throws {
        let commands = try ClusterCommands()
        let good = try await commands.run("drill.sh", "dev")
        #expect(good.end == .code(0) && good.text.contains("The drill passed"), "\(good.text)")
        let create = try commands.calls(of: "kubectl", "create").first ?? ""
        #expect(create.hasSuffix("--from cronjob.batch/martlet-backup-drill"), "\(create)")
        let bad = try await commands.run("drill.sh", "dev", answers: .init(drill: false))
        #expect(bad.end == .code(1) && bad.text.contains("did not complete"), "\(bad.text)")
    }

    @Test func logsAreThoseOfOneProgramWhereItIsNamed() async throws {
        let commands = try ClusterCommands()
        #expect(try await commands.run("logs.sh", "dev", "worker", "--no-follow").end == .code(0))
        let call = try commands.calls(of: "kubectl", "logs").first ?? ""
        #expect(call.contains("app.kubernetes.io/name=martlet-worker") && !call.contains("--follow"), "\(call)")
    }
}

extension DeployTool {
    static let jq = DeployTool("jq")
    static let k6 = DeployTool("k6")
    static let gitleaks = DeployTool("gitleaks")
}
