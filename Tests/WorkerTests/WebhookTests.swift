// SPDX-License-Identifier: Apache-2.0
// Martlet: the Standard Webhooks signature against the published vector and an independent computation.
import Crypto
import Foundation
import Platform
import Testing

@testable import Worker

@Suite struct WebhookTests {
    /// From the reference libraries of the specification.
    @Test func matchesThePublishedVector() throws {
        let key = try #require(WebhookKey(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = key.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            body: Array("{\"test\": 2432232314}".utf8)
        )
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func rotationGivesOneSignatureForEachKey() throws {
        let old = "whsec_" + Data(repeating: 1, count: 24).base64EncodedString()
        let new = "whsec_" + Data(repeating: 2, count: 64).base64EncodedString()
        let secrets = try WebhookSecrets(parsing: " shop=\(new)\n\n shop=\(old) , default=\(old)")
        let keys = try #require(secrets.keys(named: "shop"))
        let value = WebhookSecrets.signatures(of: keys, id: "1", timestamp: 5, body: [0x61])
        let parts = value.split(separator: " ").map(String.init)
        #expect(
            parts
                == [Data(repeating: 2, count: 64), Data(repeating: 1, count: 24)].map { key in
                    "v1,"
                        + Data(HMAC<SHA256>.authenticationCode(for: Data("1.5.a".utf8), using: SymmetricKey(data: key)))
                        .base64EncodedString()
                }
        )
        #expect(secrets.keys(named: "default")?.count == 1)
        #expect(secrets.keys(named: "other") == nil)
    }

    @Test func refusesBadEntriesWithoutShowingThem() throws {
        let short = Data(repeating: 1, count: 23).base64EncodedString()
        let long = Data(repeating: 1, count: 65).base64EncodedString()
        for text in [
            "whsec_\(short)", "a=b", "a=whsec_", "a=whsec_\(short)", "a=whsec_\(long)", "a=whsec_!!!!", "=whsec_x",
            "a b=whsec_x",
        ] {
            let error = #expect(throws: WebhookSecrets.InvalidEntry.self, "\(text)") {
                _ = try WebhookSecrets(parsing: text)
            }
            #expect(error?.problem.contains("entry 1") == true)
            #expect(error?.problem.contains(short) == false && error?.problem.contains(long) == false)
        }
    }

    @Test func neverPrintsAKey() throws {
        let secrets = try WebhookSecrets(parsing: "a=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        var dump = ""
        Swift.dump(secrets, to: &dump)
        for text in [dump, "\(secrets)", String(reflecting: secrets)] {
            #expect(!text.contains("MfKQ"))
            #expect(!text.contains("SymmetricKey"))
        }
    }

    @Test func settingsReportEachProblem() throws {
        let reader = SettingsReader(
            arguments: ["worker"],
            environment: [
                "MARTLET_HTTP_ALLOW": "127.0.0.0/8,10.0.0.1/8", "MARTLET_WEBHOOK_SECRETS": "a=geheim",
                "MARTLET_HTTP_CA_FILE": "/nonexistent", "MARTLET_HTTP_CONNECTIONS_PER_HOST": "0",
            ]
        )
        _ = BuiltInKindsSettings(reader: reader)
        let error = #expect(throws: PlatformError.self) { try reader.finish() }
        let keys = Set(error?.problems.map(\.key) ?? [])
        #expect(
            keys == [
                "MARTLET_HTTP_ALLOW", "MARTLET_WEBHOOK_SECRETS", "MARTLET_HTTP_CA_FILE",
                "MARTLET_HTTP_CONNECTIONS_PER_HOST",
            ]
        )
        #expect(error.map { "\($0)".contains("geheim") } == false)
    }

    @Test func settingsReadEverything() throws {
        let reader = SettingsReader(
            arguments: ["worker"],
            environment: [
                "MARTLET_HTTP_ALLOW": "127.0.0.0/8",
                "MARTLET_WEBHOOK_SECRETS": "a=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "MARTLET_HTTP_CONNECT_TIMEOUT": "PT2S", "MARTLET_HTTP_CONNECTIONS_PER_HOST": "4",
                "MARTLET_HTTP_DNS_TTL": "5s",
                "MARTLET_ALLOW_CRASH_JOBS": "true",
            ]
        )
        let settings = BuiltInKindsSettings(reader: reader)
        try reader.finish()
        #expect(settings.secrets.keys(named: "a")?.count == 1)
        #expect(settings.connectTimeout == .seconds(2) && settings.connectionsPerHost == 4)
        #expect(settings.nameTimeToLive == .seconds(5) && settings.allowsCrash)
        try settings.policy.check([try #require(IPAddress("127.3.2.1"))], host: "h", port: 1)
    }
}
