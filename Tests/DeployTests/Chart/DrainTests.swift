// SPDX-License-Identifier: Apache-2.0
// Martlet: that a pod has the time to end that its program takes.

import TestSupport
import Testing

@Suite("How the chart's pods end", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct DrainTests {
    @Test(arguments: ChartCase.all)
    func theGracePeriodOutlastsTheProgram(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for pod in chart.pods where pod.isOurs && pod.component != "migrate" {
            let settings = try chart.environment(of: pod)
            let shutdown = try Self.seconds(settings["MARTLET_SHUTDOWN_TIMEOUT"])
            let cancellation = try Self.seconds(settings["MARTLET_CANCELLATION_TIMEOUT"])
            let delay = try Self.seconds(settings["MARTLET_DRAIN_DELAY"])
            let before = pod.containers.compactMap { $0["lifecycle.preStop.sleep.seconds"].number }.reduce(0, +)
            let grace = try #require(pod.spec["terminationGracePeriodSeconds"].number)
            #expect(grace > before + shutdown + cancellation, "\(pod)")
            #expect(grace < before + shutdown + cancellation + 600, "\(pod) would hold up the drain of its node")
            #expect(delay < shutdown, "\(pod)")
        }
    }

    private static func seconds(_ text: String?) throws -> Int {
        guard let text, text.hasSuffix("s"), let number = Int(text.dropLast()) else {
            throw ClusterFailure("\(text ?? "nothing") is no time")
        }
        return number
    }

    /// Endpoints learn of a pod's end only after it has begun.
    @Test(arguments: ["defaults", "staging", "prod", "open"])
    func whoTakesRequestsGoesOnServingForAWhile(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        for component in ["api", "health"] {
            let pod = try #require(chart.pods(component).first)
            #expect(try Self.seconds(chart.environment(of: pod)["MARTLET_DRAIN_DELAY"]) >= 5, "\(pod)")
            #expect(pod.owner["spec.strategy.rollingUpdate.maxUnavailable"].text == "0", "\(pod)")
        }
    }

    /// The kubelet sleeps before SIGTERM since 1.30; no image has a shell to do it.
    @Test(arguments: [("1.29.9", false), ("1.30.0", true), ("1.37.0", true)])
    func pausesBeforeTheEndAreForKubeletsThatKnowThem(_ kube: String, _ isThere: Bool) async throws {
        var request = try ChartCase.named("defaults").request()
        request.kubeVersion = kube
        request.values = HelmValue("api.drain.preStopSeconds", 7)
        let chart = try await ChartRendering(request)
        let api = try #require(chart.pods("api").first)
        #expect(api.containers.first?["lifecycle.preStop.sleep.seconds"].number == (isThere ? 7 : nil))
        #expect(api.spec["terminationGracePeriodSeconds"].number == 35 + 5 + 7 + 5)
        #expect(chart.pods("worker").first?.containers.first?["lifecycle"].isNone == true)
    }

    /// Two would take each other's slot of the log.
    @Test(arguments: ["dev", "prod", "physical-backups", "everything"])
    func theServiceOfBackupsIsNeverThereTwice(_ name: String) async throws {
        let pod = try #require(try await ChartCase.named(name).rendering.pods("backup").first)
        #expect(pod.owner["spec.replicas"].number == 1)
        #expect(pod.owner["spec.strategy.type"].text == "Recreate")
    }

    @Test(arguments: ChartCase.all)
    func budgetsLetNodesBeDrained(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for budget in chart.all("PodDisruptionBudget") {
            #expect(budget["spec.maxUnavailable"].text != "0" && budget["spec.minAvailable"].isNone, "\(budget)")
            #expect(budget["spec.unhealthyPodEvictionPolicy"].text == "AlwaysAllow", "\(budget)")
            let workload = try #require(chart.pods(selectedBy: budget.podSelector).first?.owner)
            #expect(workload["spec.replicas"].number != 1, "\(budget) of a single replica")
        }
        let budgets = Set(chart.all("PodDisruptionBudget").map { $0.name.split(separator: "-").last ?? "" })
        if ["defaults", "prod", "canary"].contains(one.name) { #expect(budgets == ["api", "worker", "health"]) }
        if one.name == "dev" { #expect(budgets.isEmpty) }
    }
}
