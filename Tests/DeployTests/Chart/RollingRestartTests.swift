// SPDX-License-Identifier: Apache-2.0
// Martlet: a rolling restart with the settings that the chart gives costs no request and no attempt.

import Glibc
import TestSupport
import Testing

@Suite(
    "Rolling restarts as the chart does them",
    .enabled(if: getenv("MARTLET_TEST_DEEP") != nil, "takes minutes; ./dev test --deep runs it"),
    .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"),
    .enabled(if: ClusterPrograms.obstacle == nil, "\(ClusterPrograms.obstacle ?? "")")
)
struct RollingRestartTests {
    /// What the chart's values say of the end of a program.
    private func ends(of program: String) async throws -> [String: String] {
        let helm = try await Helm.shared.value
        let chart = "\(Repository.root)/helm/martlet"
        let objects = try await helm.objects(Helm.Request(chart: chart, valuesFiles: ["\(chart)/values-prod.yaml"]))
        let settings = objects.first { $0.kind == "ConfigMap" && $0.labels["app.kubernetes.io/name"] == program }
        let names = ["MARTLET_DRAIN_DELAY", "MARTLET_SHUTDOWN_TIMEOUT", "MARTLET_CANCELLATION_TIMEOUT"]
        let found = (settings?["data"].texts ?? [:]).filter { names.contains($0.key) }
        try #require(found.count == names.count, "\(program): \(found)")
        return found
    }

    @Test(.timeLimit(.minutes(15))) func nothingFails() async throws {
        let (api, worker) = (try await ends(of: "martlet-api"), try await ends(of: "martlet-worker"))
        let seed = UInt64.random(in: 0 ... .max)
        print("rolling restart as the chart does it: seed \(seed)")
        let cluster = try await Cluster.start()
        do {
            for (services, settings) in [(cluster.apis, api), (cluster.workers, worker)] {
                for service in services {
                    _ = try await service.terminate()
                    try await service.start(settings)
                    try await service.waitUntilReady()
                }
            }
            var dice = ClusterDice(seed: seed)
            let oracle = try await ClusterOracle(cluster)
            let work = ClusterWork.sleeps(milliseconds: 500...3_000, oneIn: 6, others: .noops)
            var options = ClusterLoad.Options()
            // Slow enough that what was taken while a worker is away is done within the patience of a test.
            (options.clients, options.pause) = (4, 40...160)
            let record = try await ClusterLoad.run(on: cluster.apis, work, options: options, dice: &dice) { load, _ in
                for (services, settings) in [(cluster.apis, api), (cluster.workers, worker)] {
                    for service in services {
                        try await load.waitForAcks(50)
                        let end = try await service.terminate(within: .seconds(90))
                        try #require(end == .code(0), "\(service.name) ended with \(end)")
                        try await service.start(settings)
                        try await service.waitUntilReady()
                    }
                }
                try await load.waitForAcks(100)
            }
            #expect(record.acks.count > 200)
            #expect(record.refusals.isEmpty, "\(record.refusals.prefix(3))")
            #expect(record.interruptions.isEmpty, "\(record.interruptions.prefix(3))")
            #expect(record.failures.isEmpty, "\(record.failures.prefix(3))")
            let verdict = try await oracle.judge(record)
            #expect(verdict.lost == 0 && verdict.refused == 0 && verdict.ambiguous.all == 0, "\(verdict)")
            let attempts = try await cluster.postgres.number(
                "SELECT count(*) FROM job_attempt WHERE \(oracle.isMine)"
            )
            let counted = try await cluster.postgres.number(
                "SELECT count(*) FROM job_done WHERE \(oracle.isMine) AND (attempt <> 1 OR losses <> 0)"
            )
            #expect(attempts == 0 && counted == 0, "attempts were lost: \(attempts), \(counted)")
            print("rolling restart as the chart does it: \(verdict)")
            await cluster.end()
        } catch {
            let report = cluster.report()
            await cluster.end()
            throw ClusterFailure("seed \(seed): \(error)\n\(report)")
        }
    }
}
