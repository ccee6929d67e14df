// SPDX-License-Identifier: Apache-2.0
// Martlet: that programs know the settings that the chart gives them, and take their values.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Settings in the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct SettingTests {
    /// helm/tools/settings.py says of each setting what becomes of it.
    @Test(arguments: ProgramSettings.programs)
    func eachSettingHasItsPlace(_ program: String) async throws {
        let run = try await DeployTool.python.run(["helm/tools/settings.py"])
        let places = try JSONDecoder().decode([String: [String: [String]]].self, from: Data(run.text.utf8))
        let place = try #require(places[String(program.dropFirst("martlet-".count))])
        let named = ["settings", "chart", "secrets", "unused"].flatMap { place[$0] ?? [] }
        #expect(Set(named).count == named.count, "one stands in two places")
        let known = try await ProgramSettings.names(of: program)
        #expect(known.count > 20)
        #expect(known.symmetricDifference(named).sorted() == [])
    }

    @Test(arguments: ChartCase.all)
    func eachVariableIsOneThatItsProgramKnows(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        let checks = try Repository.text("helm/martlet/templates/_checks.tpl")
        var known: [String: Set<String>] = [:]
        for program in ProgramSettings.programs { known[program] = try await ProgramSettings.names(of: program) }
        for pod in chart.pods where pod.isOurs {
            // The pod's address is there for another variable; OTEL_ names are of OpenTelemetry's own.
            let names = try chart.environment(of: pod).keys.filter { $0 != "POD_IP" && $0 != "OTEL_SERVICE_NAMESPACE" }
            #expect(!names.isEmpty, "\(pod)")
            for name in names {
                let isFile = name.hasSuffix("_FILE") && known[pod.program]?.contains(name) == false
                let own = isFile ? String(name.dropLast(5)) : name
                // Aggregators also read what stands for something in the file of checks.
                let isForChecks = pod.component == "health" && checks.contains("${\(own)}")
                #expect(known[pod.program]?.contains(own) == true || isForChecks, "\(pod): \(name)")
            }
        }
    }

    /// A program says all that is wrong with its settings at once, so one known fault shows whether there are others.
    @Test(arguments: ChartCase.all)
    func programsTakeTheirValues(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for pod in chart.pods where pod.isOurs {
            let scene = try ChartProgram(pod, in: chart)
            var environment = scene.environment
            environment["LOG_FORMAT"] = "wrong-on-purpose"
            let run = try await DeployTool("env").run([scene.path] + scene.arguments, environment: environment)
            #expect(run.end == .code(78), "\(pod)")
            let faults = run.text.split(separator: "\n").dropFirst()
            #expect(
                faults.count == 1 && faults.allSatisfy { $0.contains("LOG_FORMAT: \"wrong-on-purpose\"") },
                "\(pod): \(run.text)"
            )
        }
    }

    /// Of the file of checks, which the aggregator reads as well, in the same way.
    @Test(arguments: ChartCase.all)
    func theAggregatorTakesItsChecks(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        guard let pod = chart.pods("health").first(where: \.isServer) else { return }
        let scene = try ChartProgram(pod, in: chart)
        let path = try #require(scene.environment["MARTLET_HEALTH_CONFIG"])
        // One of the operator's own is no business of the chart.
        guard try one.values["health.existingChecks"].isNone else { return }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try Data("\(text)\nwrong_on_purpose: 1\n".utf8).write(to: URL(filePath: path))
        let run = try await DeployTool("env").run([scene.path] + scene.arguments, environment: scene.environment)
        #expect(run.end == .code(78), "\(run.text)")
        let faults = run.text.split(separator: "\n").dropFirst()
        #expect(faults.count == 1 && faults.allSatisfy { $0.contains("wrong_on_purpose") }, "\(run.text)")
    }

    @Test
    func settingsOfAllAreOverriddenByThoseOfAPart() async throws {
        var request = try ChartCase.named("defaults").request()
        request.values = HelmValue("global.settings", ["LOG_LEVEL": "warning", "MARTLET_TRACE_SAMPLE": 0.25])
            .merged(HelmValue("api.settings.LOG_LEVEL", "debug"))
        let chart = try await ChartRendering(request)
        #expect(try chart.one("ConfigMap/rel-martlet-api")["data.LOG_LEVEL"].text == "debug")
        #expect(try chart.one("ConfigMap/rel-martlet-worker")["data.LOG_LEVEL"].text == "warning")
        #expect(try chart.one("ConfigMap/rel-martlet-health")["data.MARTLET_TRACE_SAMPLE"].text == "0.25")
        let migration = try #require(chart.pods("migrate").first)
        #expect(try chart.environment(of: migration)["LOG_LEVEL"] == "debug")
    }

    /// A backup has no traces and no bus; what all others are told of them would mislead whoever reads its ConfigMap.
    @Test
    func backupsAreToldWhatTheyKnow() async throws {
        let chart = try await ChartCase.named("ambient").rendering
        let (backup, api) = try (chart.one("ConfigMap/rel-martlet-backup"), chart.one("ConfigMap/rel-martlet-api"))
        #expect(api["data.OTEL_EXPORTER_OTLP_ENDPOINT"].text == "http://collector.tracing.svc:4318")
        #expect(backup["data.OTEL_EXPORTER_OTLP_ENDPOINT"].isNone)
        // A million is no 1e+06 to a program.
        for map in [backup, api] { #expect(map["data.MARTLET_HTTP_MAX_CONNECTIONS"].text == "1000000", "\(map)") }
    }

    /// Programs read settings when they start.
    @Test
    func newSettingsMakeNewPods() async throws {
        func sums(_ values: HelmValue) async throws -> [String: [String: String]] {
            var request = try ChartCase.named("dev").request()
            request.values = values
            let pods = try await ChartRendering(request).pods.filter { $0.isServer && $0.isOurs }
            return Dictionary(uniqueKeysWithValues: pods.map { ($0.component, $0.annotations) })
        }
        let before = try await sums([:])
        #expect(before.count == 4)
        let api = try await sums(HelmValue("api.settings.LOG_LEVEL", "error"))
        #expect(before.filter { api[$0.key] != $0.value }.map(\.key) == ["api"])
        let all = try await sums(HelmValue("global.settings.LOG_LEVEL", "error"))
        #expect(before.allSatisfy { all[$0.key] != $0.value })
        let secret = try await sums(HelmValue("global.secrets.values.MARTLET_API_KEYS", "another"))
        #expect(before.allSatisfy { secret[$0.key] != $0.value })
    }
}
