// SPDX-License-Identifier: Apache-2.0
// Martlet: scripts/verify-deploy.sh before a real API, a real worker and a real job; only kubectl and helm are stand-ins.

import Glibc
import TestSupport
import Testing

@Suite(
    "Verification of a deployment",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: ClusterPrograms.obstacle == nil, "\(ClusterPrograms.obstacle ?? "")"),
    .enabled(if: DeployTool.jq.isThere, "\(DeployTool.jq.reason)")
)
struct VerifyDeployTests {
    /// What Prometheus answers.
    private static let few = #"{"status":"success","data":{"result":[{"value":[1,"0.002"]}]}}"#
    private static let many = #"{"status":"success","data":{"result":[{"value":[1,"0.25"]}]}}"#
    private static let nothing = #"{"status":"success","data":{"result":[]}}"#

    @Test func whatWorksStaysAndWhatDoesNotGoesBack() async throws {
        let cluster = try await Cluster.start()
        do {
            try await theNewVersionWorks(cluster)
            try await requestsFail(cluster)
            try await nothingIsMeasured(cluster)
            try await theRollOutIsStuck(cluster)
            try await aProgramIsNotThere(cluster)
            try await theCommitIsAnother(cluster)
            try await nobodyDoesTheJob(cluster)
            try await keysOpenTheAPI(cluster)
        } catch {
            let report = cluster.report()
            await cluster.end()
            throw ClusterFailure("\(error)\n\(report)")
        }
        await cluster.end()
    }

    private func answers(_ cluster: Cluster) -> ClusterCommands.Answers {
        .init(ports: ["api": cluster.apis[0].port, "worker": cluster.workers[0].port])
    }

    private func theNewVersionWorks(_ cluster: Cluster) async throws {
        let prometheus = try ClusterReceiver(answer: ("200 OK", Self.few))
        defer { prometheus.end() }
        let jobs = try await cluster.postgres.number("SELECT count(*) FROM job_done")
        let commands = try ClusterCommands()
        let run = try await commands.run(
            "verify-deploy.sh",
            "staging",
            "--context",
            "main",
            "--commit",
            "unknown",
            "--watch",
            "1",
            "--prometheus",
            "http://127.0.0.1:\(prometheus.port)",
            answers: answers(cluster)
        )
        #expect(run.end == .code(0) && run.text.contains("martlet in martlet-staging works"), "\(run.text)")
        #expect(try await cluster.postgres.number("SELECT count(*) FROM job_done") == jobs + 1, "\(run.text)")
        #expect(try commands.calls(of: "helm", "rollback").isEmpty)
        #expect(try commands.calls.allSatisfy { $0.contains("context main --namespace martlet-staging") })
        // Of this namespace alone.
        #expect(prometheus.received.count == 2)
        #expect(prometheus.received.allSatisfy { $0.contains("namespace%3D%22martlet-staging%22") })
        // The newest pod, not the one that is going.
        #expect(try commands.calls(of: "kubectl", "port-forward").allSatisfy { !$0.contains("old-") })
    }

    private func requestsFail(_ cluster: Cluster) async throws {
        let prometheus = try ClusterReceiver(answer: ("200 OK", Self.many))
        defer { prometheus.end() }
        // By a service of the cluster this time.
        var answers = answers(cluster)
        answers.ports["prometheus"] = prometheus.port
        let arguments = ["--watch", "1", "--prometheus", "monitoring/prometheus:9090"]
        try await isRolledBack("too many requests fail", arguments, answers)
        let commands = try ClusterCommands()
        let lenient = try await commands.run(
            "verify-deploy.sh",
            "dev",
            "--watch",
            "1",
            "--prometheus",
            "monitoring/prometheus:9090",
            "--max-errors",
            "0.3",
            answers: answers
        )
        #expect(lenient.end == .code(0), "\(lenient.text)")
        let forward = try commands.calls(of: "kubectl", "port-forward").last ?? ""
        #expect(forward.contains("--namespace monitoring port-forward service/prometheus"), "\(forward)")
    }

    private func nothingIsMeasured(_ cluster: Cluster) async throws {
        let prometheus = try ClusterReceiver(answer: ("200 OK", Self.nothing))
        defer { prometheus.end() }
        let there = ["--watch", "1", "--prometheus", "http://127.0.0.1:\(prometheus.port)"]
        try await isRolledBack("Prometheus does not see the API of martlet-dev", there, answers(cluster))
        // Series of the version before say nothing of the new one.
        #expect(!prometheus.received.contains { $0.contains("commit%3D") })
        let commit = there + ["--commit", "unknown"]
        try await isRolledBack("does not see the API of martlet-dev of commit unknown", commit, answers(cluster))
        #expect(prometheus.received.last?.contains("commit%3D%22unknown%22") == true, "\(prometheus.received)")
        let broken = try ClusterReceiver(answer: ("503 Service Unavailable", "away"))
        defer { broken.end() }
        let away = ["--watch", "1", "--prometheus", "http://127.0.0.1:\(broken.port)"]
        try await isRolledBack("Prometheus does not answer", away, answers(cluster))
    }

    private func theRollOutIsStuck(_ cluster: Cluster) async throws {
        var answers = answers(cluster)
        answers.rollout = 1
        try await isRolledBack("does not work: rolling it back", [], answers)

        let commands = try ClusterCommands()
        let asked = try await commands.run("verify-deploy.sh", "dev", "--no-rollback", answers: answers)
        #expect(asked.end == .code(3) && asked.text.contains("it stays as it is"), "\(asked.text)")
        #expect(try commands.calls(of: "helm", "rollback").isEmpty)
        answers.history = [.init(.deployed)]
        let first = try await commands.run("verify-deploy.sh", "dev", answers: answers)
        #expect(first.end == .code(3) && first.text.contains("there is none before it"), "\(first.text)")
        answers.history = [.init(.superseded), .init(.deployed)]
        answers.isAway = true
        let away = try await commands.run("verify-deploy.sh", "dev", answers: answers)
        #expect(away.end == .code(4) && away.text.contains("somebody has to look at once"), "\(away.text)")
        answers.isAway = false
        answers.rollback = 1
        let worst = try await commands.run("verify-deploy.sh", "dev", answers: answers)
        #expect(worst.end == .code(4) && worst.text.contains("somebody has to look at once"), "\(worst.text)")
    }

    private func aProgramIsNotThere(_ cluster: Cluster) async throws {
        var answers = answers(cluster)
        answers.ports["worker"] = try ClusterPort.free()
        try await isRolledBack("worker is not ready", [], answers)
        answers.ports["worker"] = nil
        try await isRolledBack("the release has no worker", [], answers)
        try await isRolledBack("there is nothing of release martlet", [], .init())
    }

    private func theCommitIsAnother(_ cluster: Cluster) async throws {
        try await isRolledBack("it is not: martlet_build_info", ["--commit", "0123abcd"], answers(cluster))
    }

    private func keysOpenTheAPI(_ cluster: Cluster) async throws {
        let keys = "first-key-0123456789, second-key-0123456789"
        await cluster.apis[0].kill()
        try await cluster.apis[0].start(["MARTLET_API_KEYS": keys])
        try await cluster.apis[0].waitUntilReady()
        var answers = answers(cluster)
        try await isRolledBack("the API took no job", [], answers)
        answers.keys = keys
        let commands = try ClusterCommands()
        let run = try await commands.run("verify-deploy.sh", "dev", answers: answers)
        #expect(run.end == .code(0), "\(run.text)")
        #expect(!run.text.contains("first-key"))
        // Secrets of other environments are not looked into.
        let staging = try await commands.run(
            "verify-deploy.sh",
            "staging",
            "--context",
            "main",
            "--no-prometheus",
            "--no-rollback",
            answers: answers
        )
        #expect(staging.end == .code(3) && staging.text.contains("the API took no job"), "\(staging.text)")
        let file = try cluster.write("second-key-0123456789\n", to: "key")
        let given = try await commands.run(
            "verify-deploy.sh",
            ["staging", "--context", "main", "--no-prometheus"],
            answers: answers,
            environment: ["MARTLET_API_KEY_FILE": file]
        )
        #expect(given.end == .code(0), "\(given.text)")
    }

    private func nobodyDoesTheJob(_ cluster: Cluster) async throws {
        await cluster.workers[1].kill()
        var answers = answers(cluster)
        // Its health is told by another program, as it would be by a worker that lives and does nothing.
        answers.ports["worker"] = cluster.apis[1].port
        cluster.workers[0].pause()
        try await isRolledBack("is still 'available' after 2 s", ["--job-timeout", "2"], answers)
        cluster.workers[0].resume()
    }

    private func isRolledBack(
        _ reason: String,
        _ arguments: [String],
        _ answers: ClusterCommands.Answers,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("verify-deploy.sh", ["dev"] + arguments, answers: answers)
        #expect(run.end == .code(1), "\(run.text)", sourceLocation: sourceLocation)
        #expect(run.text.contains(reason), "\(run.text)", sourceLocation: sourceLocation)
        #expect(run.text.contains("the one before is back"), sourceLocation: sourceLocation)
        let rollbacks = try commands.calls(of: "helm", "rollback")
        #expect(rollbacks.count == 1, "\(rollbacks)", sourceLocation: sourceLocation)
        #expect(rollbacks.first?.contains("rollback martlet 1 ") == true, sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        (["staging", "--context", "c"], "staging needs --prometheus WHERE, or --no-prometheus"),
        (["dev", "--prometheus", "localhost"], "it must be a URL, or NAMESPACE/SERVICE:PORT"),
        (["dev", "--watch", "soon"], "it must be a number of seconds"),
        (["dev", "--job-timeout", "0"], "it must be a number of seconds"),
        (["dev", "--max-errors", "5"], "it must be a ratio from 0 to 1"),
        (["dev", "--queue", "a b"], "allowed: letters, digits"),
    ])
    func wrongOptionsAreNamed(_ arguments: [String], _ words: String) async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("verify-deploy.sh", arguments)
        #expect(run.end == .code(2) && run.text.contains(words), "\(run.text)")
        #expect(try commands.calls.isEmpty)
    }

    /// A load that is really made: every job of it is done.
    @Test(.enabled(if: DeployTool.k6.isThere, "\(DeployTool.k6.reason)"))
    func aLoadIsMadeAndJudged() async throws {
        let cluster = try await Cluster.start()
        do {
            let url = "http://127.0.0.1:\(cluster.apis[0].port)"
            let arguments = ["scripts/load.sh", url, "--rate", "10", "--duration", "3s"]
            // It judges speed, and other tests share this machine: one of three that is fast enough will do.
            var runs: [DeployTool.Run] = []
            repeat {
                let jobs = try await cluster.postgres.number("SELECT count(*) FROM job_done")
                let run = try await DeployTool("bash").run(arguments)
                runs.append(run)
                guard run.end == .code(0) else { continue }
                #expect(try await cluster.postgres.number("SELECT count(*) FROM job_done") >= jobs + 30, "\(run.text)")
            } while runs.count < 3 && runs.last?.end != .code(0)
            #expect(runs.last?.end == .code(0), "\(runs)")
            // Nobody listens there.
            let nobody = "http://127.0.0.1:\(try ClusterPort.free())"
            let bad = try await DeployTool("bash").run(["scripts/load.sh", nobody, "--rate", "5", "--duration", "1s"])
            #expect(bad.end == .code(99), "\(bad.text)")
        } catch {
            await cluster.end()
            throw error
        }
        await cluster.end()
    }
}
