// SPDX-License-Identifier: Apache-2.0
// Martlet: who may subscribe, as the configuration file says it.

import Platform
import Testing

@testable import Health

@Suite struct SubscriptionReaderTests {
    private static func page(_ fields: String, url: String = "url: https://status.example") -> String {
        "page:\n  \(url)\n  subscriptions:\n    \(fields)"
    }

    @Test func nobodyMayByDefault() throws {
        for text in ["checks: []", Self.page("webhook: false"), Self.page("limit: 5")] {
            let settings = try ConfigurationFixture.read(text).subscriptions
            #expect(!settings.isOffered && !settings.offers(.email) && !settings.offers(.webhook))
        }
    }

    @Test func everySettingIsTaken() throws {
        let settings = try ConfigurationFixture.read(ConfigurationFixture.full).subscriptions
        #expect(settings.offers(.email) && settings.offers(.webhook) && settings.limit == 500)
        #expect(settings.email?.from.address == "status@example.org")
        let webhooks = try #require(settings.webhooks)
        #expect(webhooks.allowsClear && webhooks.policy.trusts(host: "hooks.internal"))
        #expect(settings.trustedProxies.map(\.description) == ["10.1.0.0/16"])
        let plain = try #require(try ConfigurationFixture.read(Self.page("webhook: true")).subscriptions.webhooks)
        #expect(!plain.allowsClear && !plain.policy.trusts(host: "hooks.internal"))
    }

    @Test(arguments: [
        (page("email: true"), 4, "page.subscriptions.email: is a single value; allowed: a map"),
        (page("email: {host: h}"), 4, "page.subscriptions.email.from: is missing; allowed: an e-mail address"),
        (page("email: {from: a@b.example}"), 4, "page.subscriptions.email.host: is missing; allowed: a mail server"),
        (
            page("email: {host: h, from: nobody}"), 4,
            "page.subscriptions.email.from: can't be used; allowed: must be local@"
        ),
        (page("email: {host: h, from: a@b.example, to: c@d.example}"), 4, "email.to: there is no such setting"),
        (page("email: {host: h, from: a@b.example, security: ssl}"), 4, "email.security: \"ssl\" is not allowed here"),
        (
            page("webhook: maybe"), 4,
            "page.subscriptions.webhook: \"maybe\" is not allowed here; allowed: true or false"
        ),
        (
            page("webhook: {allow: [a b]}"), 4,
            "page.subscriptions.webhook.allow: \"a b\" is neither of these; allowed: addresses"
        ),
        (page("webhook: {https: no}"), 4, "page.subscriptions.webhook.https: there is no such setting"),
        (
            page("limit: 0"), 4,
            "page.subscriptions.limit: \"0\" is not allowed here; allowed: a whole number from 1 to 1000000"
        ),
        (page("trusted_proxies: [proxy]"), 4, "page.subscriptions.trusted_proxies: \"proxy\" is no block of addresses"),
        (page("sms: true"), 4, "page.subscriptions.sms: there is no such setting; allowed: email, limit"),
        (page("webhook: true", url: "title: Acme"), 2, "page.url: is missing; allowed: where people see the page"),
    ])
    func mistakesAreNamed(text: String, line: Int, expected: String) {
        let problems = ConfigurationFixture.problems(text)
        #expect(problems.contains { "\($0)".contains(expected) }, "\(problems)")
        #expect(problems.allSatisfy { $0.line == nil || $0.line == line || $0.line == 1 }, "\(problems)")
    }
}
