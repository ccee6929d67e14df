// SPDX-License-Identifier: Apache-2.0
// Martlet: every query of every dashboard finds data in a real Prometheus that watches real programs at work.

import FoundationEssentials
import Glibc
import TestSupport
import Testing

extension DocumentTests {
    private static let prometheus = "/usr/bin/prometheus"

    @Test(.enabled(if: access(prometheus, X_OK) == 0, "Prometheus is not installed (./dev monitoring installs it)"))
    func everyQueryOfEveryDashboardFindsData() async throws {
        var open: [(panel: String, query: String)] = []
        for name in Dashboard.names { open += try Dashboard.read(name).queries }
        #expect(open.count > 90)
        try await with(workers: [:]) { cluster in
            let port = try ClusterPort.free()
            let process = try await cluster.launch(path: Self.prometheus, try arguments(cluster, port))
            let deadline = ContinuousClock.now + .seconds(150)
            // The ledger's counts are read every 15 s, and a rate needs two of them.
            while !open.isEmpty, ContinuousClock.now < deadline {
                try await work(cluster)
                var left: [(panel: String, query: String)] = []
                for entry in open where try await !hasData(entry.query, port, cluster) { left.append(entry) }
                open = left
            }
            for (panel, query) in open { Issue.record("\(panel): no data for \(query)") }
            process.signal(SIGTERM)
            _ = try await process.waitForEnd(within: patience)
        }
    }

    /// A configuration with the repository's rules, looking every second.
    private func arguments(_ cluster: Cluster, _ port: Int) throws -> [String] {
        func targets(_ services: [ClusterService]) -> String {
            services.map { "'127.0.0.1:\($0.port)'" }.joined(separator: ", ")
        }
        let configuration = try cluster.write(
            """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ['\(Readme.root)/infra/monitoring/prometheus/rules/*.yml']
            scrape_configs:
              - {job_name: martlet-api, static_configs: [{targets: [\(targets(cluster.apis))]}]}
              - {job_name: martlet-worker, static_configs: [{targets: [\(targets(cluster.workers))]}]}

            """,
            to: "prometheus.yml"
        )
        return [
            "--config.file=\(configuration)", "--web.listen-address=127.0.0.1:\(port)", "--storage.tsdb.path=tsdb",
            "--log.level=warn",
        ]
    }

    private func work(_ cluster: Cluster) async throws {
        for kind in ["noop", "fail"] {
            let job = ClusterRequest.job(kind, args: "{}", fields: #""max_attempts":1"#)
            #expect(try await cluster.apis[0].exchange(job, within: patience).status == 201)
        }
        #expect(try await cluster.apis[0].get("/v1/stats", within: patience).status == 200)
        try await Task.sleep(for: .seconds(1))
    }

    private func hasData(_ query: String, _ port: Int, _ cluster: Cluster) async throws -> Bool {
        let answer = try await cluster.output(of: [
            "/usr/bin/curl", "-sG", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "--data-urlencode",
            "query=\(query)", "http://127.0.0.1:\(port)/api/v1/query",
        ])
        return try JSONDecoder().decode(QueryAnswer.self, from: Data(answer.utf8)).hasData
    }
}
