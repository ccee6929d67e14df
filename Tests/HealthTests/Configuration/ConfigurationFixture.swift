// SPDX-License-Identifier: Apache-2.0
// Martlet: reads configurations for tests, without a database behind them.

import Logging
import Platform
import Postgres
import Testing

@testable import Health

enum ConfigurationFixture {
    /// A store that nobody connects: reading a file asks the ledger nothing.
    static let store: HealthStore = {
        let loop = EventLoop(name: "configuration")
        let logger = Logger(label: "configuration") { _ in SwiftLogNoOpLogHandler() }
        do {
            let connection = try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none")
            return HealthStore(pool: PostgresPool(PostgresPoolConfiguration(connection), loops: [loop], logger: logger))
        } catch { preconditionFailure("\(error)") }
    }()

    static func reader(_ environment: [String: String] = [:]) -> ConfigurationReader {
        ConfigurationReader(store: store, resources: Fixture.resources, environment: environment)
    }

    /// Reads a text that is right.
    static func read(_ text: String, _ environment: [String: String] = [:]) throws -> HealthConfiguration {
        try reader(environment).read(text, name: "health.yaml")
    }

    /// The mistakes of a text, each as its line for people.
    static func mistakes(_ text: String, _ environment: [String: String] = [:]) -> [String] {
        problems(text, environment).map(\.description)
    }

    /// The mistakes of a text; none when it is right.
    static func problems(_ text: String, _ environment: [String: String] = [:]) -> [ConfigurationProblem] {
        guard let error = refusal(text, environment) else { return [] }
        #expect(error.code == .configuration && !error.problems.isEmpty)
        return error.problems
    }

    /// Why a text is refused; nil when it is right.
    static func refusal(_ text: String, _ environment: [String: String] = [:]) -> HealthError? {
        do throws(HealthError) {
            _ = try reader(environment).read(text, name: "health.yaml")
            return nil
        } catch {
            return error
        }
    }

    /// A check that is right, on one line, for files that are about something else.
    static let plain = "{id: a, tcp: {host: localhost, port: 80}}"

    /// Every setting that there is.
    static let full = """
        page:
          title: Example status
          description: How our services are
          theme: dark
          url: https://status.example/
          support_url: https://help.example
          subscriptions:
            email: {host: mail.example, from: status@example.org}
            webhook: {allow: [10.0.0.0/8, hooks.internal], http: true}
            limit: 500
            trusted_proxies: 10.1.0.0/16
        alertmanager:
          token: alert-token
        defaults:
          interval: 30s
          timeout: 5s
          failures: 3
          successes: 4
          quorum: 2
          reopen_window: 15m
          flapping: {enter: 40%, leave: 0.2}
        checks:
          - id: web
            name: Web site
            description: What visitors see
            group: front
            depends_on: [api, database]
            labels: {team: front, tier: "1"}
            runbook: https://runbooks.example/web
            public: false
            severity: {down: warning, degraded: none}
            interval: 20s
            timeout: 2s
            failures: 1
            successes: 1
            quorum: majority
            reopen_window: 0
            flapping: {enter: 1, leave: 50%}
            http:
              url: https://web.example/health?key=1
              method: POST
              headers: {x-key: a}
              body: hello
              follow_redirects: true
              tls: {server_name: web.example, insecure: true}
            conditions: ["status == 200", "latency < 300ms"]
            degraded_conditions: latency < 100ms
          - id: pods
            http: {url: "http://pods.example:8080/ready", discover: dns, min_instances: 2}
          - id: api
            group: back
            martlet: {url: "http://api.example:8080/readyz"}
          - id: apis
            martlet: {url: "http://_http._tcp.example/readyz", discover: srv}
          - id: port
            tcp: {host: mail.example, port: 25, send: "QUIT", expect: "220 "}
          - id: certificate
            tls: {host: web.example, minimum_days: 14, tls: {ca_file: /etc/ca.pem}}
          - id: name
            dns: {name: web.example, type: AAAA, server: "127.0.0.1:53"}
          - id: ping
            icmp: {host: web.example, count: 2}
          - id: database
            group: back
            postgres: {url: "postgres://user:word@db.example:5432/app?sslmode=disable", statement: SELECT 2}
          - id: cache
            group: back
            redis: {url: "redis://:word@cache.example:6379/1", role: master}
          - id: errors
            prometheus:
              url: http://metrics.example:9090
              query: sum(rate(errors[5m]))
              empty: up
              headers: {x-scope: a}
          - id: script
            command:
              run: [/bin/true, --quiet]
              environment: {A: b}
          - id: backup
            heartbeat: {every: 1d, grace: 1h, token: beat-token}
          - id: fleet
            workers: {min_instances: 3}
        groups:
          - id: front
            name: Front end
            rule: {minimum_healthy: 2, down_below: 1}
          - id: back
            rule: {weights: {api: 2, database: 3}, degraded_below: 90%, down_below: 0.5}
        receivers:
          - name: hook
            webhook: {url: "https://hooks.example/a", secrets: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
          - name: chat
            slack: {url: "https://hooks.slack.example/services/a"}
          - name: rooms
            teams: {url: "https://teams.example/workflow"}
          - name: pager
            pagerduty: {routing_key: 0123456789abcdef0123456789abcdef}
          - name: alerts
            alertmanager: {url: "http://alerts.example:9093", labels: {site: a}}
          - name: mail
            email:
              host: mail.example
              port: 2525
              security: starttls
              username: martlet
              password: mail-word
              greeting: martlet.example
              from: martlet@example.com
              to: [ops@example.com, dev@example.com]
        on_call:
          - name: primary
            receivers: [pager, hook]
            timezone: Europe/Berlin
            start: 2026-01-05
            days_per_turn: 7
            hand_over: "09:00"
            overrides:
              - {receiver: chat, from: "2026-02-01T00:00:00Z", to: "2026-02-02T00:00:00Z"}
        routes:
          - name: urgent
            match: {severity: critical, event: [opened, resolved], group: front*, check: web, labels: {team: f*}}
            to: [on-call:primary, chat]
            quiet_hours:
              - {days: [saturday, sunday], from: "22:00", to: "06:00", timezone: Europe/Berlin, breakthrough: critical}
            remind_every: 30m
            escalation:
              - {after: 5m, to: pager}
              - {after: 10m, to: [mail, rooms]}
            continue: true
          - name: rest
            to: alerts
        maintenance:
          - title: Weekly upgrade
            cron: 0 2 * * SUN
            timezone: Europe/Berlin
            duration: PT2H
            groups: [back]
          - title: Move
            starts_at: 2026-03-01T00:00:00Z
            ends_at: 2026-03-01T06:00:00Z
            checks: [web]
        slos:
          - id: web-up
            name: Web site
            objective: 99.9%
            window: 28d
            minimum_events: 50
            availability: {checks: [web, api]}
          - id: web-fast
            objective: 0.95
            latency: {checks: web, below: 300ms}
          - id: requests
            objective: 99%
            prometheus: {url: "http://metrics.example:9090", good: "good[$window]", total: "all[$window]"}
        """
}
