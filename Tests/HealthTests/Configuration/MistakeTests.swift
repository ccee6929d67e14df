// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that every mistake in a configuration is named with its line, its path and what is allowed.

import Platform
import Testing

@testable import Health

@Suite struct MistakeTests {
    /// A check `a` with more fields.
    private static func check(_ fields: String) -> String {
        "checks:\n  - id: a\n    tcp: {host: h, port: 1}\n    \(fields)"
    }
    private static func receiver(_ way: String) -> String { "receivers:\n  - name: r\n    \(way)" }
    private static func route(_ fields: String) -> String {
        "receivers: [{name: ops, webhook: {url: 'http://a.example'}}]\nroutes:\n  - name: all\n    \(fields)"
    }

    @Test(arguments: [
        (check("interval: 10x"), "4", "checks[0].interval: \"10x\" is not allowed here; allowed: a duration"),
        (check("interval: 100ms"), "4", "checks[0].interval: \"100ms\" is not allowed here; allowed: a duration"),
        (check("interval: 2d"), "4", "from 1s to 1d"),
        (
            check("timeout: 10s"), "4",
            "checks[0].timeout: a look may take as long as the interval; allowed: a timeout below"
        ),
        (check("timeout: [1s]"), "4", "checks[0].timeout: is a list; allowed: a duration"),
        (
            check("failures: 0"), "4",
            "checks[0].failures: \"0\" is not allowed here; allowed: a whole number from 1 to 20"
        ),
        (check("successes: 1.5"), "4", "checks[0].successes: \"1.5\" is not allowed here"),
        (check("quorum: most"), "4", "checks[0].quorum: \"most\" is not allowed here; allowed: majority, or a number"),
        (check("reopen_window: -1s"), "4", "checks[0].reopen_window: \"-1s\" is not allowed here"),
        (
            check("flapping: {enter: 10%, leave: 20%}"), "4",
            "checks[0].flapping.leave: is above `enter`; allowed: a share"
        ),
        (check("flapping: on"), "4", "checks[0].flapping: is a single value; allowed: a map"),
        (check("public: maybe"), "4", "checks[0].public: \"maybe\" is not allowed here; allowed: true or false"),
        (check("group: a b"), "4", "checks[0].group: \"a b\" is not allowed here; allowed: 1 to 63 letters"),
        (check("labels: [a]"), "4", "checks[0].labels: is a list; allowed: a map of texts"),
        (check("labels: {a: [b]}"), "4", "checks[0].labels.a: is a list; allowed: a map of texts"),
        (
            check("severity: {down: fatal}"), "4",
            "severity.down: \"fatal\" is not allowed here; allowed: critical, warning, info"
        ),
        (check("severity: {degraded: no}"), "4", "allowed: critical, warning, info or none"),
        (check("conditions: status is 200"), "4", "checks[0].conditions: \"status is 200\" is no condition"),
        (
            check("dependson: [b]"), "4",
            "checks[0].dependson: there is no such setting; allowed: did you mean depends_on?"
        ),
        (check("zzzzzz: 1"), "4", "checks[0].zzzzzz: there is no such setting; allowed: alerts, command, conditions"),
        (
            check("http: {url: 'http://a.example'}"), "3",
            "checks[0].tcp: http and tcp are both given; allowed: exactly one of"
        ),
        (check("id2: b"), "4", "did you mean id?"),
        ("checks:\n  - id: a", "2", "checks[0]: the check says nothing to look at; allowed: exactly one of http, tcp"),
        ("checks:\n  - tcp: {host: h, port: 1}", "2", "checks[0].id: is missing; allowed: 1 to 63 letters"),
        ("checks:\n  - {id: a/b, tcp: {host: h, port: 1}}", "2", "checks[0].id: \"a/b\" is no identifier"),
        ("checks: {a: b}", "1", "checks: is a map; allowed: a list of maps"),
        ("- a", "1", "health.yaml:1: is a list; allowed: a map"),
        ("chekcs: []", "1", "chekcs: there is no such setting; allowed: did you mean checks?"),
    ])
    func checks(_ text: String, _ line: String, _ expected: String) {
        expectOne(text, line, expected)
    }

    @Test(arguments: [
        ("tcp: {host: h}", "checks[0].tcp.port: is missing; allowed: 1 to 65535"),
        ("tcp: {port: 1}", "checks[0].tcp.host: is missing"),
        (
            "tcp: {host: h, port: 0}",
            "checks[0].tcp.port: \"0\" is not allowed here; allowed: a whole number from 1 to 65535"
        ),
        ("tls: {host: h, minimum_days: x}", "checks[0].tls.minimum_days"),
        ("tls: {host: h, tls: {insecure: perhaps}}", "checks[0].tls.tls.insecure"),
        ("tls: {host: h, tls: {ca: f}}", "checks[0].tls.tls.ca: there is no such setting"),
        ("http: {}", "checks[0].http.url: is missing; allowed: an http or https address"),
        ("http: {discover: dns}", "checks[0].http.url: is missing; allowed: an http or https address"),
        (
            "http: {url: 'ftp://a'}",
            "checks[0].http.url: can't be used; allowed: it must begin with http:// or https://"
        ),
        ("http: {url: 'ftp://a', discover: dns, min_instances: 2}", "checks[0].http.url: can't be used"),
        (
            "martlet: {url: 'http://u:p@a'}",
            "checks[0].martlet.url: can't be used; allowed: a user or password does not"
        ),
        ("http: {url: 'http://a', discover: consul}", "http.discover: \"consul\" is not known; allowed: dns or srv"),
        ("http: {url: 'http://a', min_instances: 2}", "http.min_instances: counts instances; allowed: discover"),
        (
            "dns: {name: a.example, type: CNAMES}",
            "checks[0].dns.type: \"CNAMES\" is not allowed here; allowed: A, NS, CNAME"
        ),
        ("dns: {name: a.example, server: '127.0.0.1:99999'}", "checks[0].dns.server: can't be used"),
        ("dns: {type: A}", "checks[0].dns.name: is missing; allowed: a domain name"),
        ("icmp: {count: 3}", "checks[0].icmp.host: is missing"),
        ("icmp: {host: h, count: 21}", "checks[0].icmp.count"),
        (
            "postgres: {url: 'http://db'}",
            "checks[0].postgres.url: is no PostgreSQL connection URL: the connection string is neither a postgres:// URL"
        ),
        (
            "postgres: {url: 'postgres://u:word@db:99999/app'}",
            "URL: the connection string is not valid: a port is no number from 1 to 65535; allowed: postgres://"
        ),
        ("redis: {url: 'http://db'}", "checks[0].redis.url: is no Redis URL; allowed: redis://"),
        ("prometheus: {url: 'http://a'}", "checks[0].prometheus.query: is missing; allowed: a PromQL expression"),
        ("prometheus: {url: 'http://a', query: up, empty: maybe}", "checks[0].prometheus.empty"),
        ("command: {}", "checks[0].command.run: is missing; allowed: a program and its arguments"),
        ("heartbeat: {}", "checks[0].heartbeat.every: is missing; allowed: how often a report must come"),
        ("heartbeat: {every: often}", "checks[0].heartbeat.every: \"often\" is not allowed here"),
        ("heartbeat: {every: 0 0 30 2 *}", "checks[0].heartbeat.every: \"0 0 30 2 *\" is not allowed here"),
        ("heartbeat: {every: 0 0 29 2 *}", "checks[0].heartbeat.every: \"0 0 29 2 *\" is not allowed here"),
        ("heartbeat: {every: 1h, grace: 31d}", "checks[0].heartbeat.grace"),
        ("workers: {min_instances: -1}", "checks[0].workers.min_instances"),
    ])
    func probes(_ probe: String, _ expected: String) {
        expectOne("checks:\n  - id: a\n    \(probe)", "3", expected, orLine: "2")
    }

    @Test(arguments: [
        ("martlet: {url: 'http://a'}", "conditions: [status == 200]", "martlet"),
        ("heartbeat: {every: 1h}", "degraded_conditions: value < 5", "heartbeat"),
        ("alerts: {}", "conditions: []", "alerts"),
    ])
    func conditionsThatNobodyLooksAt(_ probe: String, _ conditions: String, _ kind: String) {
        let name = conditions.prefix { $0 != ":" }
        expectOne(
            "checks:\n  - id: a\n    \(probe)\n    \(conditions)",
            "4",
            "checks[0].\(name): a check of the kind \(kind) looks at no conditions; allowed: conditions with a kind that has facts"
        )
    }

    @Test(arguments: [
        ("webhook: {url: 'http://a.example', slack: x}", "receivers[0].webhook.slack: there is no such setting"),
        ("slack: {}", "receivers[0].slack.url: is missing; allowed: an incoming webhook's address"),
        ("email: {host: h, from: nobody, to: [a@b.example]}", "receivers[0].email.from: can't be used"),
        ("email: {host: h, from: a@b.example, to: [nobody], tls: {}}", "email"),
        ("email: {host: 'a b', from: a@b.example, to: [a@b.example]}", "receivers[0].email.host: can't be used"),
        ("email: {host: h, security: ssl, from: a@b.example, to: [a@b.example]}", "allowed: none, starttls, implicit"),
        ("webhook: {url: 'ftp://a', secrets: [], tls: {insecure: true}}", "receivers[0].webhook.url: can't be used"),
        ("webhook: {secrets: nonsense, url: 'http://a.example'}", "receivers[0].webhook.secrets: can't be used"),
        ("pagerduty: {routing_key: short}", "receivers[0].pagerduty.routing_key: can't be used"),
        ("alertmanager: {url: 'x'}", "receivers[0].alertmanager.url: can't be used"),
        ("note: x", "receivers[0].name: has no way to be told; allowed: exactly one of webhook, slack"),
    ])
    func receivers(_ way: String, _ expected: String) {
        let found = ConfigurationFixture.mistakes(Self.receiver(way)).filter { !$0.contains("note: there is no") }
        #expect(found.contains { $0.contains(expected) }, "\(found)")
        if !way.contains("slack: x"), !way.contains("tls: {}") {
            #expect(!found.contains { $0.contains("there is no such setting") }, "\(found)")
        }
    }

    @Test(arguments: [
        ("to: opps", "routes[0].to: there is no receiver opps; allowed: did you mean ops?"),
        ("to: on-call:night", "routes[0].to: there is no schedule night"),
        ("to: []", "routes[0].to: names nobody; allowed: receivers, or on-call:schedule"),
        (
            "to: ops\n    match: {severity: fatal}",
            "routes[0].match.severity: \"fatal\" is not known; allowed: critical, warning"
        ),
        ("to: ops\n    match: {event: begun}", "routes[0].match.event: \"begun\" is not known; allowed: opened"),
        ("to: ops\n    remind_every: 10s", "routes[0].remind_every: \"10s\" is not allowed here"),
        ("to: ops\n    escalation: [{to: ops}]", "routes[0].escalation[0].after: is missing"),
        ("to: ops\n    escalation: [{after: 5m}]", "routes[0].escalation[0].to: names nobody"),
        (
            "to: ops\n    quiet_hours: [{from: '22:00'}]",
            "routes[0].quiet_hours[0].to: is missing; allowed: a time of day"
        ),
        (
            "to: ops\n    quiet_hours: [{from: '24:00', to: '06:00'}]",
            "quiet_hours[0].from: \"24:00\" is not allowed here"
        ),
        (
            "to: ops\n    quiet_hours: [{days: mon, from: '22:00', to: '06:00'}]",
            "\"mon\" is no weekday; allowed: sunday"
        ),
        (
            "to: ops\n    quiet_hours: [{from: '22:00', to: '06:00', timezone: Mars/Olympus}]",
            "quiet_hours[0].timezone: \"Mars/Olympus\" is not allowed here; allowed: a time zone such as Europe/Berlin"
        ),
    ])
    func routes(_ fields: String, _ expected: String) {
        let found = ConfigurationFixture.mistakes(Self.route(fields))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test(arguments: [
        ("maintenance: [{cron: 0 2 * * *, duration: 1h}]", "maintenance[0].title: is missing"),
        ("maintenance: [{title: a, cron: 0 2 * * *}]", "maintenance[0].duration: is missing; allowed: such as 2h"),
        (
            "maintenance: [{title: a, cron: 0 25 * * *, duration: 1h}]",
            "maintenance[0].cron: \"0 25 * * *\" is not allowed"
        ),
        (
            "maintenance: [{title: a, cron: 0 2 * * *, duration: 8d}]",
            "maintenance[0].duration: \"8d\" is not allowed here"
        ),
        ("maintenance: [{title: a}]", "maintenance[0].starts_at: is missing; allowed: starts_at and ends_at, or cron"),
        (
            "maintenance: [{title: a, starts_at: '2026-01-02T00:00:00Z', ends_at: '2026-01-01T00:00:00Z'}]",
            "maintenance[0].ends_at: is not after starts_at; allowed: a later time"
        ),
        (
            "maintenance: [{title: a, cron: 0 2 * * *, duration: 1h, checks: [x]}]",
            "maintenance[0].checks: there is no x"
        ),
        ("slos: [{objective: 99%, availability: {checks: a}}]", "slos[0].id: is missing"),
        ("slos: [{id: s, availability: {checks: a}}]", "slos[0].objective: is missing; allowed: a share such as 99.9%"),
        (
            "slos: [{id: s, objective: 100%, availability: {checks: a}}]",
            "slos[0].objective: \"100%\" is not allowed here"
        ),
        ("slos: [{id: s, objective: 99%}]", "slos[0].id: does not say what is counted"),
        ("slos: [{id: s, objective: 99%, availability: {checks: b}}]", "slos[0].availability.checks: there is no b"),
        ("slos: [{id: s, objective: 99%, availability: {}}]", "slos[0].availability.checks: is missing"),
        ("slos: [{id: s, objective: 99%, latency: {checks: a}}]", "slos[0].latency.below: is missing"),
        ("slos: [{id: s, objective: 99%, prometheus: {url: u, good: g}}]", "slos[0].prometheus.total: is missing"),
        ("groups: [{name: x}]", "groups[0].id: is missing"),
        (
            "groups: [{id: g, rule: {weights: {a: -1}}}]",
            "groups[0].rule.weights: a weighs \"-1\"; allowed: numbers of 0"
        ),
        ("groups: [{id: g, rule: {minimum_healthy: 0}}]", "groups[0].rule.minimum_healthy: \"0\" is not allowed here"),
        ("page: {theme: pink}", "page.theme: \"pink\" is not allowed here; allowed: auto, light, dark, contrast"),
        ("page: {url: status}", "page.url: \"status\" is not allowed here; allowed: an http or https address"),
        ("on_call: [{name: n, receivers: [ops], start: 2026-01-01}]", "on_call[0].receivers: there is no receiver ops"),
        ("on_call: [{name: n, receivers: []}]", "on_call[0].start: is missing; allowed: a date such as 2026-01-31"),
    ])
    func theRest(_ text: String, _ expected: String) {
        let found = ConfigurationFixture.mistakes("checks: [\(ConfigurationFixture.plain)]\n\(text)")
        #expect(found.contains { $0.contains("health.yaml:2: \(expected)") }, "\(found)")
        #expect(!found.contains { $0.contains("there is no such setting") }, "\(found)")
    }

    @Test func allMistakesAreReportedAtOnceInTheOrderOfTheFile() {
        let found = ConfigurationFixture.problems(
            """
            page: {theme: pink}
            checks:
              - id: a
                interval: soon
                timout: 1s
                tcp: {host: h, port: 70000}
              - id: b
                http: {url: nowhere}
            routes:
              - name: all
                to: nobody
            """
        )
        #expect(
            found.map(\.path) == [
                "page.theme", "checks[0].interval", "checks[0].timout", "checks[0].tcp.port", "checks[1].http.url",
                "routes[0].to", "routes[0].to",
            ]
        )
        #expect(found.map(\.line) == [1, 4, 5, 6, 8, 11, 11])
        #expect(found.allSatisfy { !$0.allowed.isEmpty && !$0.problem.isEmpty && $0.file == "health.yaml" })
        let error = #expect(throws: HealthError.self) { try ConfigurationFixture.read("a: 1\nb: 2") }
        #expect(error?.message == "the health configuration has 2 mistakes")
    }

    @Test func aFileFullOfMistakesIsCutOff() {
        let text = "checks:\n" + (0..<500).map { "  - {id: c\($0), tcp: {host: h, port: x}}" }.joined(separator: "\n")
        #expect(ConfigurationFixture.mistakes(text).count == ProblemList.limit)
    }

    /// Exactly one mistake is found, in this line and with these words.
    func expectOne(
        _ text: String,
        _ line: String,
        _ expected: String,
        orLine other: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = ConfigurationFixture.problems(text)
        #expect(found.count == 1, "\(found)", sourceLocation: sourceLocation)
        guard let problem = found.first else { return }
        let lines = [line, other].compactMap { $0 }
        #expect(lines.contains("\(problem.line ?? 0)"), "\(problem)", sourceLocation: sourceLocation)
        #expect(problem.description.contains(expected), "\(problem)", sourceLocation: sourceLocation)
    }
}
