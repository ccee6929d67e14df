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
        #expect(open.count > 120)
        let (collector, desk) = (try ClusterReceiver(), try ClusterReceiver())
        defer {
            collector.end()
            desk.end()
        }
        let tracing = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(collector.port)", "MARTLET_TRACE_SAMPLE": "1",
        ]
        try await with(workers: tracing) { cluster in
            let (port, watcher) = (try ClusterPort.free(), try ClusterPort.free())
            let health = try await watch(cluster, from: watcher, telling: desk)
            defer { health.signal(SIGKILL) }
            let keeper = try ClusterPort.free()
            let backup = try await protect(cluster, from: keeper)
            defer { backup.signal(SIGKILL) }
            let process = try await cluster.launch(path: Self.prometheus, try arguments(cluster, port, watcher, keeper))
            let deadline = ContinuousClock.now + .seconds(210)
            // The ledger's counts are read every 15 s, and a rate needs two of them; backups and drills begin with a minute.
            while !open.isEmpty, ContinuousClock.now < deadline {
                try await work(cluster)
                try await keepBusy(watcher)
                var left: [(panel: String, query: String)] = []
                for entry in open where try await !hasData(entry.query, port, cluster) { left.append(entry) }
                open = left
            }
            for (panel, query) in open { Issue.record("\(panel): no data for \(query)") }
            #expect(!desk.all.isEmpty, "somebody was told of the check that is down")
            process.signal(SIGTERM)
            _ = try await process.waitForEnd(within: patience)
        }
    }

    /// A configuration with the repository's rules, looking every second.
    private func arguments(_ cluster: Cluster, _ port: Int, _ watcher: Int, _ keeper: Int) throws -> [String] {
        func targets(_ services: [ClusterService]) -> String {
            services.map { "'127.0.0.1:\($0.port)'" }.joined(separator: ", ")
        }
        let configuration = try cluster.write(
            """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ['\(Repository.root)/infra/monitoring/prometheus/rules/*.yml']
            scrape_configs:
              - {job_name: martlet-api, static_configs: [{targets: [\(targets(cluster.apis))]}]}
              - {job_name: martlet-worker, static_configs: [{targets: [\(targets(cluster.workers))]}]}
              - {job_name: martlet-health, static_configs: [{targets: ['127.0.0.1:\(watcher)']}]}
              - {job_name: martlet-backup, static_configs: [{targets: ['127.0.0.1:\(keeper)']}]}

            """,
            to: "prometheus.yml"
        )
        return [
            "--config.file=\(configuration)", "--web.listen-address=127.0.0.1:\(port)", "--storage.tsdb.path=tsdb",
            "--log.level=warn",
        ]
    }

    /// Starts an aggregator with a check that is up, one that is down, a heartbeat, an objective, and somebody to tell.
    private func watch(_ cluster: Cluster, from port: Int, telling desk: ClusterReceiver) async throws
        -> ClusterProcess
    {
        let configuration = try cluster.write(
            """
            checks:
              - {id: api, interval: 1s, martlet: {url: "http://127.0.0.1:\(cluster.apis[0].port)"}}
              - {id: nobody, interval: 1s, tcp: {host: 127.0.0.1, port: \(try ClusterPort.free())}}
              - {id: nightly, interval: 1s, heartbeat: {every: 1h}}
            receivers:
              - {name: desk, webhook: {url: "http://127.0.0.1:\(desk.port)/"}}
            slos:
              - {id: api, objective: 99%, availability: {checks: [api, nobody]}}

            """,
            to: "health.yaml"
        )
        return try await cluster.launch(
            "martlet-health",
            [
                "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1", "MARTLET_HEALTH_CONFIG": configuration,
                "LOG_FORMAT": "text",
            ]
        )
    }

    /// Starts `serve`, which backs up, verifies and drills each minute, and receives the log.
    private func protect(_ cluster: Cluster, from port: Int) async throws -> ClusterProcess {
        try await cluster.launch(
            "martlet-backup",
            [
                "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1", "LOG_FORMAT": "text",
                "MARTLET_BACKUP_RECEIVE": "true", "MARTLET_BACKUP_STORES": "file://\(cluster.path)/backups?make=yes",
                "MARTLET_BACKUP_ENCRYPTION": "none",
                "MARTLET_BACKUP_SCHEDULE_BACKUP": "* * * * *", "MARTLET_BACKUP_SCHEDULE_VERIFY": "* * * * *",
                "MARTLET_BACKUP_SCHEDULE_DRILL": "* * * * *", "MARTLET_BACKUP_WITNESS": "0s",
            ],
            verb: "serve"
        )
    }

    /// A heartbeat and something to tell, from when the aggregator listens.
    private func keepBusy(_ watcher: Int) async throws {
        for path in ["/v1/heartbeats/nightly", "/v1/receivers/desk/test"] {
            guard let answer = try? await ClusterRequest.post(path).reply(from: watcher) else { return }
            #expect((200..<300).contains(answer.status) || answer.status >= 500, "\(path): \(answer.body)")
        }
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
