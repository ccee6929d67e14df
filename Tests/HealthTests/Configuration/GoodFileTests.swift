// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that a configuration that is right means what it says.

import Platform
import Testing

@testable import Health

@Suite struct GoodFileTests {
    @Test func everySettingIsTaken() throws {
        let read = try ConfigurationFixture.read(ConfigurationFixture.full)
        #expect(read.checks.count == 14)
        #expect(
            read.checks.map(\.kind) == [
                "http", "http", "martlet", "martlet", "tcp", "tls", "dns", "icmp", "postgres", "redis", "prometheus",
                "command", "heartbeat", "workers",
            ]
        )
        let page = read.page
        #expect(page.title == "Example status" && page.description == "How our services are" && page.theme == "dark")
        #expect(page.url == "https://status.example" && page.supportURL == "https://help.example")
        #expect(
            read.subscriptions.offers(.email) && read.subscriptions.offers(.webhook) && read.subscriptions.limit == 500
        )
        #expect(read.alertToken?.reveal() == "alert-token")
    }

    @Test func aCheckOverridesTheDefaults() throws {
        let read = try ConfigurationFixture.read(ConfigurationFixture.full)
        let web = try #require(read.checks.first)
        #expect(web.name == "Web site" && web.description == "What visitors see" && web.group == "front")
        #expect(web.dependsOn == ["api", "database"] && web.labels == ["team": "front", "tier": "1"])
        #expect(web.runbook == "https://runbooks.example/web" && !web.isPublic)
        #expect(web.rules.down == .warning && web.rules.degraded == nil && web.rules.reopenWindow == .zero)
        #expect(web.rules.name == "Web site" && web.rules.interval == .seconds(20) && web.rules.timeout == .seconds(2))
        #expect(web.interval == .seconds(20) && web.timeout == .seconds(2) && web.quorum == .majority)
        #expect(web.thresholds.failures == 1 && web.thresholds.successes == 1)
        #expect(web.thresholds.flapEnter == 1 && web.thresholds.flapLeave == 0.5)
        let pods = read.checks[1]
        #expect(pods.name == "pods" && pods.isPublic && pods.group == nil && pods.dependsOn.isEmpty)
        #expect(pods.interval == .seconds(30) && pods.timeout == .seconds(5) && pods.quorum == .atLeast(2))
        #expect(pods.thresholds.failures == 3 && pods.thresholds.successes == 4)
        #expect(pods.thresholds.flapEnter == 0.4 && pods.thresholds.flapLeave == 0.2)
        #expect(pods.rules.reopenWindow == .seconds(900))
        #expect(pods.rules.down == .critical && pods.rules.degraded == .warning)
    }

    @Test func targetsAreShownWithoutSecrets() throws {
        let read = try ConfigurationFixture.read(ConfigurationFixture.full)
        #expect(
            read.checks.map(\.target) == [
                "https://web.example/health", "each instance of http://pods.example:8080/ready",
                "http://api.example:8080/readyz", "each instance of http://_http._tcp.example/readyz",
                "mail.example:25", "web.example:443", "web.example AAAA", "web.example",
                "postgres://db.example:5432/app", "redis://cache.example:6379/1", "sum(rate(errors[5m]))", "/bin/true",
                "a report every 1d", "the ledger's register of workers",
            ]
        )
        #expect(read.heartbeats.count == 1)
        #expect(read.mayReport("backup", token: "beat-token") == .allowed)
        #expect(
            read.mayReport("backup", token: "other") == .refused && read.mayReport("backup", token: nil) == .refused
        )
        #expect(read.mayReport("web", token: nil) == .unknown)
    }

    @Test func groupsHaveTheirRulesAndThoseThatOnlyChecksNameFollow() throws {
        let read = try ConfigurationFixture.read(ConfigurationFixture.full)
        #expect(
            read.groups == [
                .init(id: "front", name: "Front end", rule: .minimumHealthy(degraded: 2, down: 1)),
                .init(
                    id: "back",
                    name: "back",
                    rule: .weighted(weights: ["api": 2, "database": 3], degraded: 0.9, down: 0.5)
                ),
            ]
        )
        let others = try ConfigurationFixture.read(
            """
            checks:
              - {id: a, group: x, tcp: {host: h, port: 1}}
              - {id: b, group: y, tcp: {host: h, port: 1}}
            groups:
              - {id: y, rule: {degraded_below: 80%, down_below: 20%}}
              - {id: z, rule: {down_below: 2}}
              - {id: q}
            """
        )
        #expect(
            others.groups == [
                .init(id: "y", name: "y", rule: .weighted(weights: [:], degraded: 0.8, down: 0.2)),
                .init(id: "z", name: "z", rule: .minimumHealthy(degraded: 1, down: 2)),
                .init(id: "q", name: "q", rule: .worst), .init(id: "x", name: "x", rule: .worst),
            ]
        )
    }

    @Test func peopleAreToldAsTheRoutesSay() throws {
        let read = try ConfigurationFixture.read(ConfigurationFixture.full)
        #expect(read.receivers.map(\.name) == ["hook", "chat", "rooms", "pager", "alerts", "mail"])
        #expect(read.receivers.map(\.kind) == ["webhook", "slack", "teams", "pagerduty", "alertmanager", "email"])
        let policy = read.policy
        #expect(policy.routes.map(\.name) == ["urgent", "rest"] && policy.schedules.count == 1)
        let urgent = policy.routes[0]
        #expect(urgent.targets == [.onCall("primary"), .receiver("chat")] && urgent.continues)
        #expect(urgent.matcher.severities == [.critical] && urgent.matcher.events == [.opened, .resolved])
        #expect(urgent.reminderInterval == .seconds(1_800) && urgent.quietHours.count == 1)
        #expect(
            urgent.escalation == [
                .init(after: .seconds(300), targets: [.receiver("pager")]),
                .init(after: .seconds(600), targets: [.receiver("mail"), .receiver("rooms")]),
            ]
        )
        #expect(policy.routes[1].targets == [.receiver("alerts")] && !policy.routes[1].continues)
        let schedule = try #require(policy.schedules["primary"])
        // 9 o'clock in Berlin is 8 o'clock UTC in January: the first turn begins then.
        #expect(schedule.receiver(at: time("2026-01-05T08:00:00Z")) == "pager")
        #expect(schedule.receiver(at: time("2026-01-12T07:59:59Z")) == "pager")
        #expect(schedule.receiver(at: time("2026-01-12T08:00:00Z")) == "hook")
        #expect(schedule.receiver(at: time("2026-02-01T12:00:00Z")) == "chat")
    }

    @Test func maintenanceAndObjectives() throws {
        let read = try ConfigurationFixture.read(ConfigurationFixture.full)
        #expect(read.maintenance.map(\.id) == ["file-1", "file-2"] && read.maintenance.allSatisfy(\.isFromFile))
        #expect(read.maintenance[0].groups == ["back"] && read.maintenance[0].checks.isEmpty)
        #expect(
            read.maintenance[0].times
                == .recurring(
                    try CronExpression("0 2 * * SUN"),
                    try TimeZoneRules(identifier: "Europe/Berlin"),
                    .seconds(7_200)
                )
        )
        #expect(
            read.maintenance[1].times
                == .once(from: time("2026-03-01T00:00:00Z"), to: time("2026-03-01T06:00:00Z"))
        )
        #expect(
            read.objectives == [
                ObjectiveDefinition(
                    id: "web-up",
                    name: "Web site",
                    objective: 99.9 / 100,
                    window: .seconds(28 * 86_400),
                    indicator: .availability(checks: ["web", "api"]),
                    minimumEvents: 50
                ),
                ObjectiveDefinition(
                    id: "web-fast",
                    name: "web-fast",
                    objective: 0.95,
                    window: .seconds(30 * 86_400),
                    indicator: .latency(checks: ["web"], below: .milliseconds(300)),
                    minimumEvents: 100
                ),
                ObjectiveDefinition(
                    id: "requests",
                    name: "requests",
                    objective: 0.99,
                    window: .seconds(30 * 86_400),
                    indicator: .prometheus(
                        url: "http://metrics.example:9090",
                        good: "good[$window]",
                        total: "all[$window]"
                    ),
                    minimumEvents: 100
                ),
            ]
        )
    }

    @Test func anEmptyFileIsAllDefaults() throws {
        for text in ["", "\n\n", "# nothing\n", "---\n", "checks:\n", "checks: []\nreceivers: ~\n"] {
            let read = try ConfigurationFixture.read(text)
            #expect(read.checks.isEmpty && read.receivers.isEmpty && read.policy.routes.isEmpty)
            #expect(read.page == HealthConfiguration.Page() && read.page.title == "Martlet" && read.alertToken == nil)
        }
    }

    @Test func theDefaultsOfACheck() throws {
        let read = try ConfigurationFixture.read("checks: [\(ConfigurationFixture.plain)]")
        let check = try #require(read.checks.first)
        #expect(check.interval == .seconds(10) && check.timeout == .milliseconds(2_500))
        #expect(check.thresholds == CheckThresholds() && check.quorum == .majority)
        #expect(check.rules.reopenWindow == .seconds(600))
        let quick = try ConfigurationFixture.read(
            "defaults: {interval: 20s}\nchecks: [{id: a, interval: 8s, workers: {}}]"
        )
        #expect(quick.checks.first?.timeout == .seconds(2), "a quarter of the check's own interval")
        let rare = try ConfigurationFixture.read("checks: [{id: a, interval: 1d, tcp: {host: h, port: 1}}]")
        #expect(rare.checks.first?.timeout == .seconds(10), "and not more than this")
    }

    @Test func whoIsNamedIsToldOfEverythingWithoutRoutes() throws {
        let receivers = "receivers: [{name: a, webhook: {url: 'http://a.example'}}]"
        #expect(try ConfigurationFixture.read(receivers).policy.routes.map(\.targets) == [[.receiver("a")]])
        #expect(try ConfigurationFixture.read(receivers + "\nroutes: []").policy.routes.isEmpty)
    }

    @Test func aFileIsReadFromItsPath() throws {
        let folder = try ScratchFolder()
        try folder.write(ConfigurationFixture.full, to: "health.yaml")
        #expect(try ConfigurationFixture.reader().read(path: "\(folder.path)/health.yaml").checks.count == 14)
        let missing = #expect(throws: HealthError.self) {
            try ConfigurationFixture.reader().read(path: "\(folder.path)/none.yaml")
        }
        #expect(missing?.problems.count == 1 && missing?.problems.first?.file == "\(folder.path)/none.yaml")
    }
}
