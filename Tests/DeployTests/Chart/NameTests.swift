// SPDX-License-Identifier: Apache-2.0
// Martlet: that names fit wherever Kubernetes puts them, and that releases keep out of each other's way.

import TestSupport
import Testing

@Suite("Names and labels of the chart's objects", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct NameTests {
    @Test(arguments: ChartCase.all)
    func namesFit(_ one: ChartCase) async throws {
        try Self.check(try await one.rendering)
    }

    /// Each with all parts, jobs and dashboards.
    @Test(arguments: ["martlet", ChartCase.longRelease, String(repeating: "a", count: 53), "1", "prod.eu", "x-martlet"])
    func namesFitWhateverTheRelease(_ release: String) async throws {
        var request = try ChartCase.named("prod").request()
        request.releaseName = release
        try Self.check(try await ChartRendering(request))
    }

    @Test
    func overridesAreTaken() async throws {
        var request = try ChartCase.named("prod").request()
        request.values = HelmValue("global.fullnameOverride", "this-is-a-name-that-is-longer-than-it-may-be")
        let chart = try await ChartRendering(request)
        try Self.check(chart)
        #expect(chart.objects.allSatisfy { $0.name.hasPrefix("this-is-a-name-that-is-long-") })
        request.values = HelmValue("global.nameOverride", "gannet")
        #expect(
            try await ChartRendering(request).objects.allSatisfy {
                $0.name.hasPrefix("rel-gannet-") || $0.name == "rel-gannet"
            }
        )
    }

    private static func check(_ chart: ChartRendering) throws {
        for object in chart.objects where !object.name.hasSuffix("-of-mine") {
            // Jobs of a CronJob bear its name and eleven signs.
            let longest = object.kind == "CronJob" || object.kind == "StatefulSet" ? 52 : 63
            #expect(object.name.utf8.count <= longest && !object.name.isEmpty, "\(object)")
            #expect(isName(object.name, firstMayBeDigit: object.kind != "Service"), "\(object)")
            try checkLabels(object.labels, of: "\(object)")
        }
        for pod in chart.pods {
            try checkLabels(pod.labels, of: "\(pod)")
            for container in pod.containers {
                #expect(isName(container["name"].text ?? "", firstMayBeDigit: true), "\(pod)")
            }
        }
        let names = chart.objects.map { "\($0.apiVersion) \($0)" }
        #expect(Set(names).count == names.count, "two objects have one name")
        #expect(chart.pods.count > 2)
    }

    private static func checkLabels(_ labels: [String: String], of object: String) throws {
        #expect(!labels.isEmpty, "\(object)")
        for (name, value) in labels {
            #expect(value.utf8.count <= 63, "\(object): \(name)")
            let isRight =
                value.isEmpty || (value.allSatisfy { isOfLabel($0) } && isEnd(value.first) && isEnd(value.last))
            #expect(isRight, "\(object): \(name): \(value)")
            #expect((name.split(separator: "/").last?.utf8.count ?? 0) <= 63, "\(object): \(name)")
        }
    }

    private static func isEnd(_ letter: Character?) -> Bool {
        letter.map { $0.isASCII && ($0.isLetter || $0.isNumber) } ?? false
    }
    private static func isOfLabel(_ letter: Character) -> Bool {
        isEnd(letter) || letter == "-" || letter == "_" || letter == "."
    }
    private static func isName(_ name: String, firstMayBeDigit: Bool) -> Bool {
        name.allSatisfy { isEnd($0) && !$0.isUppercase || $0 == "-" } && isEnd(name.first) && isEnd(name.last)
            && (firstMayBeDigit || name.first?.isLetter == true)
    }

    @Test(arguments: ["prod", "dev", "physical-backups", "canary"])
    func twoReleasesOfANamespaceShareNothing(_ name: String) async throws {
        var request = try ChartCase.named(name).request()
        request.releaseName = "a-release-whose-long-name-begins-like-one"
        let first = try await ChartRendering(request)
        request.releaseName = "a-release-whose-long-name-begins-like-two"
        let second = try await ChartRendering(request)
        let names = first.objects.map { "\($0.apiVersion) \($0)" }
        #expect(Set(names).isDisjoint(with: second.objects.map { "\($0.apiVersion) \($0)" }))
        var count = 0
        for object in first.all(
            "Service",
            "PodDisruptionBudget",
            "NetworkPolicy",
            "Deployment",
            "Rollout",
            "StatefulSet",
            "PodMonitor",
            "PeerAuthentication"
        ) {
            let selector = object.podSelector
            #expect(second.pods(selectedBy: selector) == [], "\(object) of one release selects pods of another")
            count += 1
        }
        #expect(count > 5)
    }

    /// Labels that select can't be changed on objects that are there, so no value and no version may change them.
    @Test(arguments: ["defaults", "everything"])
    func whatSelectsNeverChanges(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        for part in ["api", "worker", "health"] {
            let workload = try #require(chart.pods(part).first?.owner)
            #expect(
                workload["spec.selector.matchLabels"].texts == [
                    "app.kubernetes.io/name": "martlet-\(part)", "app.kubernetes.io/instance": "rel",
                ]
            )
        }
    }
}

extension ChartPod: Equatable {
    static func == (one: Self, other: Self) -> Bool { one.description == other.description }
}
