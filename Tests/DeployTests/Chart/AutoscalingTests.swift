// SPDX-License-Identifier: Apache-2.0
// Martlet: who decides how many replicas there are, and by what.

import TestSupport
import Testing

@Suite("Autoscaling in the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct AutoscalingTests {
    @Test(arguments: ChartCase.all)
    func oneDecidesAlone(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        let scalers = chart.all("HorizontalPodAutoscaler", "ScaledObject")
        let targets = scalers.compactMap { $0["spec.scaleTargetRef.name"].text }
        #expect(Set(targets).count == targets.count, "two autoscalers of one target")
        for pod in chart.pods where pod.isServer && pod.isOurs {
            // With a number of its own each upgrade would undo what the autoscaler has decided.
            #expect(pod.owner["spec.replicas"].isNone == targets.contains(pod.owner.name), "\(pod)")
        }
        for scaler in chart.all("HorizontalPodAutoscaler") {
            #expect(scaler.apiVersion == "autoscaling/v2" && !scaler["spec.metrics"].items.isEmpty, "\(scaler)")
            #expect((scaler["spec.minReplicas"].number ?? 0) <= (scaler["spec.maxReplicas"].number ?? -1))
        }
        for scaler in chart.all("ScaledObject") {
            #expect(
                !scaler["spec.triggers"].items.isEmpty && (scaler["spec.minReplicaCount"].number ?? 0) > 0,
                "\(scaler)"
            )
        }
    }

    /// The series are those of our programs, and of the release's namespace alone: two installations may share a Prometheus.
    @Test
    func queuesAreMeasuredInTheirNamespace() async throws {
        let metrics = try Repository.text("docs/metrics.md")
        let document = try Repository.text("docs/kubernetes.md")
        let start = try #require(document.firstRange(of: "```yaml\nrules:\n  external:\n"))
        let block = document[start.lowerBound...].dropFirst("```yaml\n".count)
        let end = try #require(block.firstRange(of: "\n```"))
        let adapter = try YAMLTree(parsing: String(block[..<end.lowerBound]))["rules.external"].items
        let external = try await ChartCase.named("autoscaling").rendering.one(
            "HorizontalPodAutoscaler/rel-martlet-worker"
        )["spec.metrics"].items
            .filter { $0["type"].text == "External" }
        #expect(
            external.compactMap { $0["external.metric.name"].text } == [
                "martlet_queue_oldest_available_seconds", "martlet_queue_jobs",
            ]
        )
        for name in external.compactMap({ $0["external.metric.name"].text }) {
            #expect(metrics.contains("`\(name)`"), "\(name)")
            // The adapter takes an external metric from the namespace of who asks, where its series say theirs.
            let rule = adapter.first { $0["seriesQuery"].text == "\(name){namespace!=\"\"}" }
            #expect(rule?["resources.overrides.namespace.resource"].text == "namespace", "\(name)")
            #expect(rule?["metricsQuery"].text?.contains("<<.Series>>{<<.LabelMatchers>>}") == true, "\(name)")
        }
        #expect(adapter.count == 2)
        #expect(
            external.allSatisfy {
                $0["external.metric.selector.matchExpressions.0.values"].items.map(\.text) == ["mail", "reports.daily"]
            }
        )
        #expect(external.compactMap { $0["external.target.type"].text } == ["Value", "AverageValue"])

        let triggers = try await ChartCase.everything.rendering.one("ScaledObject/big-gannet-worker")["spec.triggers"]
            .items
        let queries = triggers.compactMap { $0["metadata.query"].text }
        #expect(
            queries == [
                "max(martlet_queue_oldest_available_seconds{namespace=\"martlet\",queue=~\"queue-of-worker\"})",
                "sum(max by (queue) (martlet_queue_jobs{state=\"available\",namespace=\"martlet\",queue=~\"queue-of-worker\"}))",
            ]
        )
        // An age says how wrong the number of replicas is; a count of jobs is shared out among them.
        let kinds = triggers.filter { $0["type"].text == "prometheus" }.compactMap { $0["metricType"].text }
        #expect(kinds == ["Value", "AverageValue"])
        for trigger in triggers.prefix(2) { #expect(trigger["metricType"].text == "Utilization", "\(trigger)") }
        #expect(triggers.compactMap { $0["type"].text } == ["cpu", "memory", "prometheus", "prometheus", "cron"])
        let names = try await ChartCase.named("keda").rendering.one("ScaledObject/rel-martlet-worker")[
            "spec.triggers.0.metadata.query"
        ].text
        let series = "martlet_queue_jobs{state=\"available\",namespace=\"martlet\",queue=~\"mail|reports[.]daily\"}"
        #expect(names == "sum(max by (queue) (\(series)))")
    }

    /// Aggregators serve queues of their own, whose jobs no worker takes.
    @Test
    func queuesOfAggregatorsDontCount() async throws {
        let query = try await ChartCase.named("prod").rendering.one("ScaledObject/rel-martlet-worker")["spec.triggers"]
            .items
            .compactMap { $0["metadata.query"].text }
        let series = "martlet_queue_oldest_available_seconds{namespace=\"martlet\",queue!~\"martlet[.].*\"}"
        #expect(query == ["max(\(series))"])
        let expressions = try await ChartCase.named("one-replica").rendering.one(
            "HorizontalPodAutoscaler/rel-martlet-worker"
        )["spec.metrics.0.external.metric.selector.matchExpressions.0"]
        #expect(expressions["operator"].text == "NotIn")
        let queues = expressions["values"].items.compactMap(\.text)
        #expect(queues.count == 3)
        let sources =
            try Repository.files(in: "Shared/Health", ending: ".swift").map { try Repository.text($0) }
            + Repository.files(in: "Services/Health", ending: ".swift").map { try Repository.text($0) }
        for queue in queues {
            #expect(sources.contains { $0.contains("\"\(queue)\"") }, "no aggregator has a queue \(queue)")
        }
    }

    @Test
    func vpaOnlyRecommendsBesideAnotherAutoscaler() async throws {
        for name in ["autoscaling", "images", "everything"] {
            let chart = try await ChartCase.named(name).rendering
            let vertical = chart.all("VerticalPodAutoscaler")
            #expect(!vertical.isEmpty)
            let scaled = chart.all("HorizontalPodAutoscaler", "ScaledObject").compactMap {
                $0["spec.scaleTargetRef.name"].text
            }
            for scaler in vertical where scaled.contains(scaler["spec.targetRef.name"].text ?? "") {
                #expect(scaler["spec.updatePolicy.updateMode"].text == "Off", "\(name): \(scaler)")
            }
        }
    }
}
