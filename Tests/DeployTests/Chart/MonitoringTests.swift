// SPDX-License-Identifier: Apache-2.0
// Martlet: that rules and dashboards of the chart are those of infra/monitoring.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Monitoring in the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct MonitoringTests {
    @Test(arguments: ["staging", "prod", "everything"])
    func rulesAreThoseOfTheRepository(_ name: String) async throws {
        let rule = try #require(try await ChartCase.named(name).rendering.all("PrometheusRule").first)
        let files = try Repository.files(in: "infra/monitoring/prometheus/rules", ending: ".yml")
        let sources = try files.flatMap { try YAMLTree(parsing: Repository.text($0))["groups"].items }
        let groups = rule["spec.groups"].items
        #expect(groups.count == sources.count && groups.count > 4)
        #expect(Set(groups.compactMap { $0["name"].text }).count == groups.count)
        let own = groups.flatMap { $0["rules"].items }
        let wanted = sources.flatMap { $0["rules"].items }
        let isNamespaced = name != "everything"
        #expect(own.count == wanted.count && own.count > 40)
        for rule in wanted {
            let name = rule["alert"].text ?? rule["record"].text ?? ""
            var labels = rule["labels"].texts
            if isNamespaced { labels["namespace"] = "martlet" }
            let same = own.filter {
                let query = $0["expr"].text?.replacing("{namespace=\"martlet\"}", with: "")
                    .replacing("namespace=\"martlet\",", with: "")
                return $0["alert"] == rule["alert"] && $0["record"] == rule["record"] && query == rule["expr"].text
            }
            #expect(same.contains { $0["labels"].texts == labels && $0["for"] == rule["for"] }, "\(name)")
        }
        let queries = own.compactMap { $0["expr"].text }
        #expect(queries.contains { $0.contains("namespace=") } == isNamespaced)
        #expect(!"\(queries)".contains("NAMESPACE"))
        for query in queries where isNamespaced {
            for name in query.matches(of: #/\b(?:martlet[_:]\w[\w:]*|process_\w+|up)\b/#) {
                let rest = query[name.range.upperBound...]
                #expect(rest.hasPrefix("{namespace=\"martlet\"") || rest.hasPrefix("{job=\"node\""), "\(query)")
            }
        }
    }

    @Test
    func linksOfAlertsLeadWhereRunbooksAre() async throws {
        let rule = try #require(try await ChartCase.everything.rendering.all("PrometheusRule").first)
        let links = rule["spec.groups"].items.flatMap { $0["rules"].items }.compactMap {
            $0["annotations.runbook_url"].text
        }
        #expect(links.count > 20)
        #expect(links.allSatisfy { $0.hasPrefix("https://runbooks.example.com/all#") })
        let plain = try #require(try await ChartCase.named("prod").rendering.all("PrometheusRule").first)
        #expect(plain.labels["release"] == "prometheus")
        #expect(!"\(plain["spec"])".contains("runbooks.example.com"))
    }

    @Test
    func dashboardsAreThoseOfTheRepository() async throws {
        let maps = try await ChartCase.named("prod").rendering.all("ConfigMap").filter {
            $0.labels["grafana_dashboard"] == "1"
        }
        let files = try Repository.files(in: "infra/monitoring/grafana/dashboards", ending: ".json")
        #expect(maps.count == files.count && files.count > 5)
        let texts = Dictionary(uniqueKeysWithValues: maps.flatMap { $0["data"].texts })
        for file in files {
            let name = file.split(separator: "/").last.map(String.init) ?? ""
            let text = try #require(texts["martlet-\(name)"])
            let (own, source) = try (YAMLTree(parsing: text), YAMLTree(parsing: Repository.text(file)))
            let queries = Self.queries(own)
            #expect(
                queries.map { $0.replacing("{\(Self.chosen)}", with: "").replacing("\(Self.chosen),", with: "") }
                    == Self.queries(source).map { $0.replacing("{}", with: "") },
                "\(name)"
            )
            #expect(queries.count > 3 && queries.allSatisfy { $0.contains(Self.chosen) }, "\(name)")
            #expect(own["panels"].items.map { $0["title"] } == source["panels"].items.map { $0["title"] })
            let variables = own["templating.list"].items
            #expect(variables.map { $0["name"].text }.contains("namespace"))
            #expect(variables.count == source["templating.list"].items.count + 1)
        }
        #expect(maps.allSatisfy { $0.annotations["grafana_folder"] == "Martlet" })
    }

    /// What a dashboard of the chart asks for besides.
    private static let chosen = "namespace=~\"$namespace\""

    /// The queries of a dashboard's panels, in their order.
    private static func queries(_ board: YAMLTree) -> [String] {
        board["panels"].items.flatMap { $0["targets"].items }.compactMap { $0["expr"].text }
    }

    /// A canary's pods and all others are told apart by their hash, which is a label of the series.
    @Test
    func canariesAreJudgedByTheirOwnSeries() async throws {
        let chart = try await ChartCase.named("canary").rendering
        let template = try #require(chart.all("AnalysisTemplate").first)
        let rollout = try chart.one("Rollout/rel-martlet-api")
        #expect(rollout["spec.strategy.canary.analysis.templates.0.templateName"].text == template.name)
        let argument = rollout["spec.strategy.canary.analysis.args.0"]
        #expect(
            argument["name"].text == template["spec.args.0.name"].text
                && argument["valueFrom.podTemplateHashValue"].text == "Latest"
        )
        let queries = template["spec.metrics"].items.compactMap { $0["provider.prometheus.query"].text }
        #expect(queries.count == 2)
        let label = "rollouts_pod_template_hash"
        #expect(queries[0].contains("\(label)=\"{{args.canary-hash}}\""))
        let monitor = try chart.one("ServiceMonitor/rel-martlet-api")
        #expect(monitor["spec.podTargetLabels"].items.map { $0.text?.replacing("-", with: "_") } == [label])
        // What clients get is counted as the objective's recording rules count it, in this namespace alone.
        let rules = try YAMLTree(parsing: Repository.text("infra/monitoring/prometheus/rules/recording.yml"))
        for part in ["errors", "requests"] {
            let rule = rules["groups"].items.flatMap { $0["rules"].items }
                .first { $0["record"].text == "martlet:api_\(part):increase5m" }
            let expression = try #require(rule?["expr"].text).replacing(" or vector(0)", with: "")
            let job = "job=\"martlet-api\","
            let own = expression.replacing(job, with: "\(job)namespace=\"martlet\",")
            #expect(queries[1].contains(own), "\(queries[1])")
        }
        for query in queries {
            let selectors = query.matches(of: /martlet_[a-z_]+\{([^}]*)/)
            #expect(selectors.count == 2 && selectors.allSatisfy { $0.1.contains("namespace=\"martlet\"") }, "\(query)")
        }
        // Both Services that the rollout moves pods between are there.
        for field in ["stableService", "canaryService"] {
            _ = try chart.one("Service/\(rollout["spec.strategy.canary.\(field)"].text ?? "")")
        }
        let mesh = rollout["spec.strategy.canary.trafficRouting.istio.virtualService"]
        let service = try chart.one("VirtualService/\(mesh["name"].text ?? "")")
        #expect(service["spec.http"].items.compactMap { $0["name"].text } == mesh["routes"].items.compactMap(\.text))
        #expect(
            try await ChartCase.named("canary-without-mesh").rendering.one("Rollout/rel-martlet-api")[
                "spec.strategy.canary.trafficRouting"
            ].isNone
        )
    }
}
