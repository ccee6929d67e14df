// SPDX-License-Identifier: Apache-2.0
// Martlet: what comes from several places is there once, as Kubernetes demands it, and what an option switches off is gone.

import TestSupport
import Testing

@Suite("What values say twice", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct OverlapTests {
    private static func rendering(_ name: String, _ values: HelmValue) async throws -> ChartRendering {
        var request = try ChartCase.named(name).request()
        request.values = values
        return try await ChartRendering(request)
    }

    @Test(arguments: ChartCase.all)
    func namesAreThereOnce(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for pod in chart.pods {
            for container in pod.containers {
                let lists = [
                    container["env"].items.map { $0["name"].text },
                    container["volumeMounts"].items.map { $0["mountPath"].text },
                ]
                for list in lists { #expect(Set(list).count == list.count, "\(pod): \(list)") }
            }
            let volumes = pod.spec["volumes"].items.map { $0["name"].text }
            #expect(Set(volumes).count == volumes.count, "\(pod): \(volumes)")
        }
        let names = chart.objects.map { "\($0)" }
        #expect(Set(names).count == names.count)
    }

    /// The Job of the migration has settings as variables, since its ConfigMap would not be there yet.
    @Test
    func theOperatorsVariableGoesBefore() async throws {
        let values = HelmValue("global.settings.LOG_LEVEL", "debug")
            .merged(HelmValue("api.extraEnv", [["name": "LOG_LEVEL", "value": "warning"]]))
        let chart = try await Self.rendering("defaults", values)
        let variables = try #require(chart.pods("migrate").first?.containers.first)["env"].items
        let levels = variables.filter { $0["name"].text == "LOG_LEVEL" }
        #expect(levels.map { $0["value"].text } == ["warning"])
        #expect(variables.contains { $0["name"].text == "DATABASE_URL_FILE" })
    }

    /// Later ones are made of it, and Kubernetes knows those before alone.
    @Test
    func anAddressOfTheOperatorsIsUsed() async throws {
        let own: HelmValue = [["name": "TZ", "value": "UTC"], ["name": "POD_IP", "value": "10.0.0.7"]]
        let chart = try await Self.rendering("defaults", HelmValue("health.extraEnv", own))
        let variables = try #require(chart.pods("health").first?.containers.first)["env"].items
        let names = variables.compactMap { $0["name"].text }
        #expect(variables.first { $0["name"].text == "POD_IP" }?["value"].text == "10.0.0.7")
        #expect(names.filter { $0 == "POD_IP" }.count == 1 && names.last == "TZ")
        let address = try #require(names.firstIndex(of: "MARTLET_HEALTH_ADDRESS"))
        #expect(try #require(names.firstIndex(of: "POD_IP")) < address)
    }

    /// Backups may report to aggregators of another release.
    @Test
    func heartbeatsToOthersHaveTheirToken() async throws {
        let values = HelmValue("global.heartbeats.enabled", false).merged(
            HelmValue(
                "backup.extraEnv",
                [["name": "MARTLET_BACKUP_HEARTBEATS", "value": "https://status.example.com"]]
            )
        )
        let chart = try await Self.rendering("prod", values)
        for pod in chart.pods("backup") + chart.pods("backup-run") {
            let names = pod.containers.flatMap { $0["env"].items }.compactMap { $0["name"].text }
            #expect(names.contains("MARTLET_BACKUP_HEARTBEAT_TOKEN_FILE"), "\(pod)")
        }
        // One that nobody brings is missed, and without heartbeats none is.
        for (names, isMissed) in [(values, true), (HelmValue("global.heartbeats.enabled", false), false)] {
            var request = try ChartCase.named("ambient").request()
            request.values = names.merged(HelmValue("backup.secrets.MARTLET_BACKUP_HEARTBEAT_TOKEN.key", "OTHER"))
            let refusal = try await Helm.shared.value.refusal(request) ?? ""
            // The tool that runs Helm here hides what stands behind a token's name.
            let isTold =
                refusal.contains("backup.secrets.MARTLET_BACKUP_HEARTBEAT_TOKEN") && refusal.contains(" has no OTHER;")
            #expect(isTold == isMissed, "\(refusal)")
        }
    }

    /// Which defaults the chart compares with.
    @Test
    func defaultsOfWorkersAreNotToBeSaid() async throws {
        let table = try Repository.text("docs/configuration.md")
        for (name, value) in [("MARTLET_RETENTION_DAYS", 14), ("MARTLET_MAX_LOSSES", 5)] {
            #expect(table.contains("| `\(name)` | \(value) |"), "\(name)")
            let chart = try await Self.rendering("defaults", HelmValue("worker.settings.\(name)", .number(value)))
            #expect(chart.text.contains("\(name): \"\(value)\""))
        }
    }

    /// A key that is there twice in a map our own reader of YAML refuses.
    @Test
    func thePodsOwnLabelGoesBefore() async throws {
        let values = HelmValue("global.labels", ["team": "core"])
            .merged(
                HelmValue("worker.pod", ["labels": ["team": "jobs"], "annotations": ["checksum/settings": "none"]])
            )
        let chart = try await Self.rendering("mesh", values)
        let worker = try #require(chart.pods("worker").first)
        #expect(worker.labels["team"] == "jobs" && chart.pods("api").first?.labels["team"] == "core")
        #expect(worker.annotations["checksum/settings"]?.count == 64)
        #expect(worker.annotations["sidecar.istio.io/nativeSidecar"] == "true")
    }

    @Test(arguments: [true, false])
    func schedulesOfTheServiceAreHeld(_ isHeld: Bool) async throws {
        let chart = try await Self.rendering("backups-by-service", HelmValue("backup.suspend", .flag(isHeld)))
        let variables = try #require(chart.pods("backup").first?.containers.first)["env"].items
        let schedules = variables.filter { $0["name"].text?.hasPrefix("MARTLET_BACKUP_SCHEDULE_") == true }
        #expect(schedules.count >= 3 && schedules.allSatisfy { ($0["value"].text == "off") == isHeld })
    }

    @Test(arguments: [true, false])
    func onlyHeartbeatsNeedTheirToken(_ areThere: Bool) async throws {
        let chart = try await Self.rendering("prod", HelmValue("global.heartbeats.enabled", .flag(areThere)))
        let pods = chart.pods("backup") + chart.pods("backup-run")
        #expect(pods.count > 3)
        for pod in pods {
            let variables = pod.containers.flatMap { $0["env"].items }.compactMap { $0["name"].text }
            let sources = pod.spec["volumes"].items.flatMap { $0["projected.sources"].items }
            let paths = sources.flatMap { $0["secret.items"].items }.compactMap { $0["path"].text }
            #expect(variables.contains("MARTLET_BACKUP_HEARTBEAT_TOKEN_FILE") == areThere, "\(pod)")
            #expect(paths.contains("MARTLET_BACKUP_HEARTBEAT_TOKEN") == areThere, "\(pod)")
            #expect(paths.contains("DATABASE_URL"), "\(pod)")
        }
    }

    /// Argo takes no route of a step that is not listed.
    @Test
    func routesOfStepsAreListedOnce() async throws {
        let steps: HelmValue = [
            ["setHeaderRoute": ["name": "testers"]], ["setMirrorRoute": ["name": "mirror"]], ["setWeight": 20],
            ["setHeaderRoute": ["name": "testers"]],
        ]
        let chart = try await Self.rendering("canary", HelmValue("api.rollout.steps", steps))
        let routing = try chart.one("Rollout/rel-martlet-api")["spec.strategy.canary.trafficRouting"]
        #expect(routing["managedRoutes"].items.map { $0["name"].text } == ["testers", "mirror"])
        let without = try await Self.rendering("canary", HelmValue("api.rollout.steps", [["setWeight": 20]]))
        #expect(try without.one("Rollout/rel-martlet-api")["spec.strategy.canary.trafficRouting.managedRoutes"].isNone)
    }
}
