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

    /// The series are those of our recording rules.
    @Test
    func queuesAreMeasuredByOurRules() async throws {
        let rules = try Repository.text("infra/monitoring/prometheus/rules/recording.yml")
        func isRecorded(_ name: String) -> Bool { rules.contains("record: \(name)\n") }
        let external = try await ChartCase.named("autoscaling").rendering.one(
            "HorizontalPodAutoscaler/rel-martlet-worker"
        )["spec.metrics"].items
            .filter { $0["type"].text == "External" }
        // An adapter of Prometheus serves a colon as a low line.
        #expect(
            external.compactMap { $0["external.metric.name"].text } == [
                "martlet_queue_oldest_available_seconds", "martlet_queue_jobs",
            ]
        )
        for name in external.compactMap({ $0["external.metric.name"].text }) {
            #expect(isRecorded(name.replacing("martlet_", with: "martlet:")), "\(name)")
        }
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
                "max(martlet:queue_oldest_available_seconds{queue=~\"queue-of-worker\"})",
                "sum(martlet:queue_jobs{state=\"available\",queue=~\"queue-of-worker\"})",
            ]
        )
        #expect(triggers.compactMap { $0["type"].text } == ["cpu", "memory", "prometheus", "prometheus", "cron"])
        let names = try await ChartCase.named("keda").rendering.one("ScaledObject/rel-martlet-worker")[
            "spec.triggers.0.metadata.query"
        ].text
        #expect(names == "sum(martlet:queue_jobs{state=\"available\",queue=~\"mail|reports[.]daily\"})")
    }

    /// Aggregators serve queues of their own, whose jobs no worker takes.
    @Test
    func queuesOfAggregatorsDontCount() async throws {
        let query = try await ChartCase.named("prod").rendering.one("ScaledObject/rel-martlet-worker")["spec.triggers"]
            .items
            .compactMap { $0["metadata.query"].text }
        #expect(query == ["max(martlet:queue_oldest_available_seconds{queue!~\"martlet[.].*\"})"])
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
