// SPDX-License-Identifier: Apache-2.0
// Martlet: docs/metrics.md lists what programs show, and nothing else.

import Glibc
import TestSupport
import Testing

extension DocumentTests {
    @Test func everyMetricIsListedAndEveryListedMetricIsShown() async throws {
        let listed = MetricsTable(document: try Readme.file("docs/metrics.md")).rows
        #expect(listed.count > 60)
        try await with(workers: [:]) { cluster in
            for kind in ["noop", "fail"] {
                let job = ClusterRequest.job(kind, args: "{}", fields: #""max_attempts":1"#)
                #expect(try await cluster.apis[0].exchange(job, within: patience).status == 201)
            }
            let port = try ClusterPort.free()
            let health = try await cluster.launch(
                "martlet-health",
                [
                    "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1",
                    "API_BASE_URL": "http://127.0.0.1:\(cluster.apis[0].port)",
                ]
            )
            defer { health.signal(SIGKILL) }
            var shown: [String: MetricsTable.Row] = [:]
            let expected = listed.filter { !$0.value.isOccasional }.keys
            do {
                try await eventually("all listed metrics are shown") {
                    shown = [:]
                    for port in (cluster.apis + cluster.workers).map(\.port) + [port] {
                        guard let reply = try? await ClusterRequest.get("/metrics").reply(from: port) else {
                            return false
                        }
                        let page = MetricsTable(page: reply.body)
                        shown.merge(page.rows) { old, new in
                            var both = old
                            both.labels.formUnion(new.labels)
                            return both
                        }
                    }
                    return expected.allSatisfy { shown[$0] != nil }
                }
            } catch {
                Issue.record("listed and not shown: \(expected.filter { shown[$0] == nil }.sorted())")
            }
            for (name, row) in shown.sorted(by: { $0.key < $1.key }) {
                let entry = try #require(listed[name], "\(name) is shown and not listed")
                #expect(row.type == entry.type, "\(name)")
                #expect(row.labels == entry.labels || row.labels.isEmpty && entry.isOccasional, "\(name)")
            }
        }
    }
}
