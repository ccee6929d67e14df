// SPDX-License-Identifier: Apache-2.0
// Martlet: that every pod, also those of hooks, tests and schedules, passes Kubernetes' level `restricted`, and more.

import TestSupport
import Testing

@Suite("Security of the chart's pods", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct SecurityTests {
    /// https://kubernetes.io/docs/concepts/security/pod-security-standards, rule by rule.
    @Test(arguments: ChartCase.all)
    func podsAreRestricted(_ one: ChartCase) async throws {
        let pods = try await one.rendering.pods
        #expect(!pods.isEmpty)
        for pod in pods {
            for field in ["hostNetwork", "hostPID", "hostIPC"] {
                #expect(pod.spec[field].flag != true, "\(pod): \(field)")
            }
            let kinds = [
                "configMap", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret", "downwardAPI",
                "csi",
            ]
            for volume in pod.spec["volumes"].items {
                #expect(Set(volume.members.keys).subtracting(kinds) == ["name"], "\(pod): \(volume)")
            }
            let context = pod.spec["securityContext"]
            #expect(context["runAsNonRoot"].flag == true, "\(pod)")
            #expect((context["runAsUser"].number ?? 0) > 0, "\(pod)")
            #expect(context["seccompProfile.type"].text == "RuntimeDefault", "\(pod)")
            #expect(
                context["sysctls"].isNone && context["windowsOptions"].isNone && context["seLinuxOptions"].isNone,
                "\(pod)"
            )
            for container in pod.containers { Self.check(container, of: pod) }
        }
    }

    private static func check(_ container: YAMLTree, of pod: ChartPod) {
        let context = container["securityContext"]
        #expect(context["allowPrivilegeEscalation"].flag == false, "\(pod)")
        #expect(context["privileged"].flag != true, "\(pod)")
        #expect(context["runAsNonRoot"].flag != false && context["runAsUser"].number != 0, "\(pod)")
        #expect(context["capabilities.drop"].items.map(\.text) == ["ALL"], "\(pod)")
        #expect(context["capabilities.add"].items.isEmpty, "\(pod)")
        #expect(context["procMount"].isNone && context["seccompProfile"].isNone, "\(pod)")
        // Not of that level, but ours.
        #expect(context["readOnlyRootFilesystem"].flag == true, "\(pod)")
        for port in container["ports"].items { #expect(port["hostPort"].isNone, "\(pod)") }
    }

    @Test(arguments: ChartCase.all)
    func ourProgramsRunAsTheUserOfTheirImage(_ one: ChartCase) async throws {
        let user = one.name == "everything" ? 64123 : 65532
        for pod in try await one.rendering.pods where pod.component != "postgresql" && pod.component != "redis" {
            let context = pod.spec["securityContext"]
            for field in ["runAsUser", "runAsGroup", "fsGroup"] {
                #expect(context[field].number == user, "\(pod): \(field)")
            }
        }
    }

    @Test(arguments: ChartCase.all)
    func nobodyGetsATokenOfTheCluster(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for pod in chart.pods { #expect(pod.spec["automountServiceAccountToken"].flag == false, "\(pod)") }
        for account in chart.all("ServiceAccount") {
            #expect(account["automountServiceAccountToken"].flag == false, "\(account)")
        }
        #expect(chart.all("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding").isEmpty)
    }

    /// Else a Service named martlet-api makes variables that programs take for misspelt settings.
    @Test(arguments: ChartCase.all)
    func noServiceBecomesVariables(_ one: ChartCase) async throws {
        for pod in try await one.rendering.pods { #expect(pod.spec["enableServiceLinks"].flag == false, "\(pod)") }
    }

    @Test(arguments: ChartCase.all)
    func imagesAreOfOneVersion(_ one: ChartCase) async throws {
        for pod in try await one.rendering.pods {
            for container in pod.containers {
                let image = try #require(container["image"].text)
                let name = try #require(image.split(separator: "/").last)
                #expect(name.contains(":") || name.contains("@sha256:"), "\(pod): \(image)")
                #expect(!image.hasSuffix(":latest") && !image.hasSuffix(":"), "\(pod): \(image)")
                #expect(image.contains("/"), "\(pod): \(image)")
            }
        }
    }

    @Test
    func imagesAreThoseOfTheirProgram() async throws {
        let chart = try await ChartCase.named("prod").rendering
        let version = try YAMLTree(parsing: Repository.text("helm/martlet/Chart.yaml"))["appVersion"].text ?? ""
        let registry =
            try YAMLTree(parsing: Repository.text("helm/martlet/values.yaml"))["global.image.registry"].text ?? ""
        let ours = chart.pods.filter(\.isOurs)
        #expect(ours.count > 7)
        for pod in ours {
            #expect(pod.containers.map { $0["image"].text } == ["\(registry)/\(pod.program):\(version)"])
        }
        let large = try await ChartCase.everything.rendering
        let digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        #expect(large.pods("api").first?.containers.first?["image"].text == "registry.example.com/own-api@\(digest)")
        #expect(
            large.pods("migrate").first?.containers.first?["image"].text == "registry.example.com/own-api@\(digest)"
        )
        #expect(
            large.pods("worker").first?.containers.first?["image"].text
                == "registry.example.com/birds/martlet-worker:tag-of-worker"
        )
        #expect(
            large.pods("health").first?.containers.first?["image"].text
                == "registry.example.com/own-health:9.8.7-everything"
        )
    }

    @Test(arguments: ChartCase.all)
    func resourcesAreSet(_ one: ChartCase) async throws {
        for pod in try await one.rendering.pods {
            for container in pod.containers {
                for resource in ["requests.cpu", "requests.memory", "limits.memory"] {
                    #expect(container["resources"][resource].text != nil, "\(pod): \(resource)")
                }
            }
        }
    }

    /// The Helm way to take a default back; Kubernetes would refuse the null itself.
    @Test(arguments: Helm.Version.allCases)
    func whatIsNullIsNotAsked(_ version: Helm.Version) async throws {
        var request = try ChartCase.named("defaults").request(version)
        request.values = HelmValue("api.resources", ["requests": ["cpu": nil], "limits": nil])
        let pod = try #require(try await ChartRendering(request).pods("api").first)
        #expect(pod.containers.first?["resources.requests"].texts == ["memory": "128Mi"])
        #expect(pod.containers.first?["resources.limits"] == .map([:]))
    }

    /// What can't be written is small, and what can is bounded.
    @Test(arguments: ChartCase.all)
    func emptyFoldersOfOurProgramsAreBounded(_ one: ChartCase) async throws {
        for pod in try await one.rendering.pods where pod.isOurs {
            for volume in pod.spec["volumes"].items
            where !volume["emptyDir"].isNone && !(volume["name"].text ?? "").hasPrefix("volume-of") {
                #expect(volume["emptyDir.sizeLimit"].text != nil, "\(pod): \(volume)")
            }
        }
    }
}
