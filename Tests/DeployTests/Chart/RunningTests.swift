// SPDX-License-Identifier: Apache-2.0
// Martlet: the programs themselves, run as the chart's pods would run them: probes answer, and the test of a release passes.

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("Programs in the chart's surroundings", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct RunningTests {
    @Test(.enabled(if: ClusterPrograms.obstacle == nil, "\(ClusterPrograms.obstacle ?? "")"))
    func probesAnswerAndAJobGoesThrough() async throws {
        let cluster = try await Cluster.start()
        do {
            try await check(cluster)
        } catch {
            await cluster.end()
            throw error
        }
        await cluster.end()
    }

    private func check(_ cluster: Cluster) async throws {
        let chart = try await ChartCase.named("dev").rendering
        let pods = chart.pods.filter { $0.isServer && $0.isOurs }
        #expect(pods.count == 4)
        var servers: [(pod: ChartPod, port: Int, process: ClusterProcess, program: ChartProgram)] = []
        for pod in pods {
            let secrets = ["DATABASE_URL": cluster.postgres.url(), "REDIS_URL": cluster.redis.url]
            let program = try ChartProgram(pod, in: chart, secrets: secrets)
            let port = try ClusterPort.free()
            var environment = DeployTool.surroundings(program.folder.path).merging(program.environment) { $1 }
            environment["APP_PORT"] = "\(port)"
            if pod.component == "backup" {
                let volume = "\(program.folder.path)/store"
                try FileManager.default.createDirectory(atPath: volume, withIntermediateDirectories: false)
                environment["MARTLET_BACKUP_STORES"] = "file://\(volume)"
            }
            let process = try await ClusterProcess.launch(
                pod.program,
                ["/usr/bin/env", "setpriv", "--pdeathsig", "KILL", program.path] + program.arguments,
                environment: environment,
                log: "\(program.folder.path)/log"
            )
            servers.append((pod, port, process, program))
        }
        for server in servers {
            let container = try #require(server.pod.containers.first)
            let paths = ["startupProbe", "livenessProbe", "readinessProbe"].compactMap {
                container[$0]["httpGet.path"].text
            }
            #expect(paths.count == 3)
            for path in paths + ["/metrics"] {
                try await eventually("\(server.pod) answers \(path)") {
                    if let end = server.process.end {
                        let log = try String(contentsOfFile: "\(server.program.folder.path)/log", encoding: .utf8)
                        throw ClusterFailure("\(server.pod) ended with \(end): \(log.suffix(2000))")
                    }
                    let reply = try? await ClusterRequest.get(path).reply(from: server.port)
                    return reply?.status == 200
                }
            }
            // What no probe asks is not there, so the answers above say something.
            #expect(
                try await ClusterRequest.get("/health/nonesuch").reply(from: server.port).status != 200,
                "\(server.pod)"
            )
        }
        let api = try #require(servers.first { $0.pod.component == "api" })
        try await submitAJob(to: api.port, key: "\(api.program.folder.path)/MARTLET_API_KEYS")
        for server in servers { server.process.signal(SIGTERM) }
        for server in servers {
            let grace = try #require(server.pod.spec["terminationGracePeriodSeconds"].number)
            #expect(try await server.process.waitForEnd(within: .seconds(grace)) == .code(0), "\(server.pod)")
        }
    }

    /// The script of `helm test`, as its container runs it.
    private func submitAJob(to port: Int, key: String) async throws {
        let script = "helm/martlet/charts/api/files/submit-job.sh"
        var environment = [
            "API_BASE_URL": "http://127.0.0.1:\(port)", "MARTLET_TEST_SECONDS": "20", "MARTLET_API_KEYS_FILE": key,
        ]
        let run = try await DeployTool("sh").run([script], environment: environment)
        #expect(run.end == .code(0) && run.text.contains("was run"), "\(run.text)")
        // With what is no key of the API it must not; nobody waits for ten attempts here.
        environment["MARTLET_API_KEYS_FILE"] = "\(Repository.root)/\(script)"
        let text = try Repository.text(script).replacing("-lt 10", with: "-lt 1")
        let refused = try await DeployTool("sh").run(["-c", text], environment: environment)
        #expect(refused.end != .code(0), "\(refused.text)")
    }
}
