// SPDX-License-Identifier: Apache-2.0
// Martlet: subscribing over HTTP: JSON, forms without JavaScript, links that only look, limits, and operators.

import HTTPTypes
import HummingbirdTesting
import Platform
import TestSupport
import Testing

@testable import HealthService

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct SubscriptionRouteTests {
    private static let file = """
        page:
          title: Acme <b>
          url: https://status.example
          subscriptions:
            email: {host: 127.0.0.1, port: 1, security: none, from: status@example.org}
            webhook: true
        checks:
          - {id: api, group: front, tcp: {host: 127.0.0.1, port: 1}}
          - {id: secret, public: false, tcp: {host: 127.0.0.1, port: 1}}
        """
    private static let stranger = String(repeating: "A", count: 43)

    @Test func jsonIsTakenAndAnsweredAlike() async throws {
        try await PageFixture.with("route_json", Self.file) { page in
            let body = "{\"email\":\"ada@example.org\",\"checks\":[\"api\"]}"
            let first = try await page.send(.post, "/subscriptions", body)
            #expect(first.status == .accepted && first.text == "{\"status\":\"accepted\"}")
            try await page.run(
                """
                INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token)
                VALUES ('email', 'ada@example.org', 'ada@example.org', '{}', '{}', sha256('t'))
                """
            )
            let second = try await page.send(.post, "/subscriptions", body)
            #expect(second.status == .accepted && second.text == first.text)
            #expect(first.headers[.cacheControl] == "no-store")
            #expect(
                try await page.count("SELECT count(*) FROM health_subscription_request WHERE checks = '{api}'") == 2
            )
            #expect(try await page.count("SELECT count(*) FROM job WHERE kind = 'health.confirm'") == 2)
            let hook = try await page.send(.post, "/subscriptions", "{\"webhook\":\"https://example.org/hook\"}")
            #expect(hook.status == .accepted && hook.text.contains("\"secret\":\"whsec_"))
            #expect(hook.text.contains("\"token\":\""))
        }
    }

    @Test func badBodiesAreNamed() async throws {
        try await PageFixture.with("route_bad", Self.file) { page in
            for (body, expected) in [
                ("", "malformed-json"), ("[]", "malformed-json"), ("{}", "exactly one of email and webhook"),
                ("{\"email\":\"a@example.org\",\"webhook\":\"https://example.org\"}", "exactly one"),
                ("{\"email\":7}", "/email"), ("{\"mail\":\"a@example.org\"}", "/mail"),
                ("{\"email\":\"a\\r\\nb@example.org\"}", "/email"),
                ("{\"email\":\"a@example.org\",\"checks\":[\"secret\"]}", "/checks/0"),
            ] {
                let answer = try await page.send(.post, "/subscriptions", body)
                #expect(
                    (400..<500).contains(answer.status.code) && answer.text.contains(expected),
                    "\(body): \(answer.text)"
                )
            }
        }
        try await PageFixture.with("route_large", Self.file) { page in
            let large = try await page.send(.post, "/subscriptions", String(repeating: " ", count: 16_385))
            #expect(large.status == .contentTooLarge)
            #expect(
                try await page.send(.post, "/subscriptions", "email=a", type: "text/plain").status
                    == .unsupportedMediaType
            )
            #expect(try await page.send(.post, "/subscriptions?email=a@example.org", "{}").status == .badRequest)
            #expect(try await page.count("SELECT count(*) FROM health_subscription_request") == 0)
        }
    }

    @Test func formsWorkWithoutJavaScript() async throws {
        try await PageFixture.with("route_form", Self.file) { page in
            let form = try await page.send(.get, "/subscriptions")
            #expect(
                form.status == .ok && form.text.contains("action=\"/subscriptions\"")
                    && form.text.contains("name=\"email\"")
            )
            #expect(form.text.contains("Acme &lt;b&gt;") && !form.text.contains("Acme <b>"))
            #expect(form.headers[.contentSecurityPolicy]?.contains("form-action 'self'") == true)
            let good = try await page.form("/subscriptions", "email=ada%2Bstatus%40example.org&webhook=")
            #expect(good.status == .accepted && good.text.contains("Look into your mailbox"))
            #expect(
                try await page.count(
                    "SELECT count(*) FROM health_subscription_request WHERE target = 'ada+status@example.org'"
                ) == 1
            )
            let bad = try await page.form("/subscriptions", "email=%3Cscript%3E")
            #expect(bad.status == .badRequest && bad.text.contains("role=\"alert\"") && !bad.text.contains("<script>"))
            let hook = try await page.form("/subscriptions", "webhook=https%3A%2F%2Fexample.org%2Fhook")
            #expect(hook.text.contains("whsec_"))
            for body in ["email=%4", "email=%zz", "email=%FF", "mail=a"] {
                #expect(try await page.form("/subscriptions", body).status == .badRequest, "\(body)")
            }
        }
    }

    @Test func whoOnlyLooksChangesNothing() async throws {
        try await PageFixture.with("route_links", Self.file) { page in
            try await page.run(
                """
                WITH r AS (INSERT INTO health_subscription_request (kind, target, target_key, checks, groups, token)
                    VALUES ('email', 'ada@example.org', 'ada@example.org', '{}', '{}', decode(repeat('00', 32), 'hex')) RETURNING id)
                INSERT INTO health_confirmation SELECT sha256(decode(repeat('00', 32), 'hex')), id, now() + interval '1 hour' FROM r
                """
            )
            let path = "/subscriptions/confirm/\(Self.stranger)"
            let look = try await page.send(.get, path)
            #expect(look.status == .ok && look.text.contains("<form method=\"post\">"))
            #expect(look.text.contains("everything on the page") && look.text.contains("replaces"))
            try await page.run("UPDATE health_subscription_request SET checks = '{api}', groups = '{<b>}'")
            #expect(try await page.send(.get, path).text.contains("maintenance of: api, group &lt;b&gt;."))
            #expect(look.headers[.cacheControl] == "no-store")
            #expect(HTTPField.Name("Referrer-Policy").map { look.headers[$0] } == "no-referrer")
            #expect(try await page.count("SELECT count(*) FROM health_subscriber") == 0)
            #expect(try await page.form(path, "").status == .ok)
            #expect(try await page.count("SELECT count(*) FROM health_subscriber") == 1)
            #expect(try await page.form(path, "").status == .notFound)
            #expect(try await page.send(.get, path).status == .notFound, "nothing is left to confirm")
            #expect(try await page.form("/subscriptions/confirm/short", "").status == .notFound)

            let leave = "/subscriptions/\(Self.stranger)"
            #expect(try await page.send(.get, leave).text.contains("Unsubscribe"))
            #expect(try await page.count("SELECT count(*) FROM health_subscriber") == 1)
            let clicked = try await page.form(leave, "List-Unsubscribe=One-Click")
            #expect(try await page.count("SELECT count(*) FROM health_subscriber") == 0)
            // Whether there was one is nobody's business.
            let again = try await page.form(leave, "List-Unsubscribe=One-Click")
            #expect(clicked.status == .ok && again.status == clicked.status && again.text == clicked.text)
            #expect(try await page.send(.delete, leave).status == .noContent)
            #expect(try await page.send(.delete, "/subscriptions/short").status == .noContent)
        }
    }

    @Test func oneClientMayAskOnlySoOften() async throws {
        try await PageFixture.with("route_often", Self.file) { page in
            var statuses: [Int] = []
            for number in 0..<12 {
                let answer = try await page.send(.post, "/subscriptions", "{\"email\":\"a\(number)@example.org\"}")
                statuses.append(answer.status.code)
                if answer.status.code == 429 {
                    #expect(answer.text.contains("/problems/too-many-requests"))
                    #expect(Int(answer.headers[.retryAfter] ?? "").map { $0 > 0 } == true)
                }
            }
            #expect(statuses == [Int](repeating: 202, count: 10) + [429, 429])
            #expect(try await page.count("SELECT count(*) FROM health_subscription_request") == 10)
        }
    }

    @Test func operatorsListAndRemove() async throws {
        try await PageFixture.with("route_operators", Self.file) { page in
            let strange = try await page.send(.get, "/v1/subscriptions")
            #expect(strange.status == .unauthorized)
            #expect(try await page.send(.delete, "/v1/subscriptions/1").status == .unauthorized)
            try await page.run(
                """
                INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token)
                SELECT 'email', n || 'da@example.org', n || 'da@example.org', '{api}', '{}', sha256(n::text::bytea) FROM generate_series(1, 3) n
                """
            )
            let key = PageFixture.key
            let first = try await page.send(.get, "/v1/subscriptions?limit=2&kind=email", key: key)
            #expect(first.text.contains("\"target\":\"3…@example.org\"") && first.text.contains("\"next\":\"2\""))
            #expect(!first.text.contains("da@example.org"), "addresses are masked")
            let rest = try await page.send(.get, "/v1/subscriptions?limit=2&before=2", key: key)
            #expect(rest.text.contains("\"id\":\"1\"") && !rest.text.contains("\"next\""))
            #expect(try await page.send(.get, "/v1/subscriptions?kind=sms", key: key).status == .badRequest)
            #expect(try await page.send(.delete, "/v1/subscriptions/2", key: key).status == .noContent)
            #expect(try await page.send(.delete, "/v1/subscriptions/2", key: key).status == .notFound)
            #expect(try await page.send(.delete, "/v1/subscriptions/x", key: key).status == .notFound)
            #expect(try await page.count("SELECT count(*) FROM health_subscriber") == 2)
        }
    }

    @Test func nothingIsThereWhereNothingIsOffered() async throws {
        try await PageFixture.with("route_off", "page: {title: Acme}") { page in
            let form = try await page.send(.get, "/subscriptions")
            let wish = try await page.send(.post, "/subscriptions", "{\"email\":\"a@example.org\"}")
            #expect(form.status == .notFound && wish.status == .notFound)
        }
    }

    /// Mail providers unsubscribe for all their users from few addresses; garbage from one of them must not stop that.
    @Test func whoHasATokenWaitsBehindNoGarbage() async throws {
        try await PageFixture.with("route_garbage", Self.file) { page in
            var statuses: Set<Int> = []
            for _ in 0..<40 {
                statuses.insert(try await page.form("/subscriptions/garbage", "List-Unsubscribe=One-Click").status.code)
            }
            #expect(statuses == [200, 429])
            for _ in 0..<100 {
                let answer = try await page.form("/subscriptions/\(Self.stranger)", "List-Unsubscribe=One-Click")
                #expect(answer.status == .ok)
            }
        }
    }

    @Test func anAggregatorIsNotReadyWithoutItsMigrations() async throws {
        try await PageFixture.with("route_schema", Self.file) { page in
            try await page.run("UPDATE martlet_migration SET number = -5 WHERE number = 5")
            let check = HealthCheck.schema(page.pool)
            let lacking = try await check.operation()
            #expect(lacking.status == .down && "\(lacking.details)".contains("migration 5 subscriptions"))
            #expect(check.criticality == .critical)
            try await page.run("UPDATE martlet_migration SET number = 5 WHERE number = -5")
            #expect(try await check.operation().status == .up)
            try await page.run("DROP TABLE martlet_migration")
            #expect(try await check.operation().status == .up, "nothing more is asked")
            #expect(try await HealthCheck.schema(page.pool).operation().status == .down)
        }
    }
}
