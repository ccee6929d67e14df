// SPDX-License-Identifier: Apache-2.0
// Martlet: what Alertmanager sends, well-formed and not.

import Health
import Platform
import Testing

@Suite struct AlertmanagerWebhookTests {
    private func payload(_ alert: String = "", version: String = #""4""#, rest: String = "") -> [UInt8] {
        let alerts = alert.isEmpty ? Self.firing : alert
        return Array(
            #"{"version":\#(version),"groupKey":"{}","status":"firing","receiver":"m"\#(rest),"alerts":[\#(alerts)]}"#
                .utf8
        )
    }

    private static let firing = #"""
        {"status":"firing","labels":{"alertname":"Test","severity":"critical"},"annotations":{"summary":"s"},
         "startsAt":"2018-08-03T09:52:26.739266876+02:00","endsAt":"0001-01-01T00:00:00Z",
         "generatorURL":"http://example.com:9090/graph?g0.expr=up","fingerprint":"1a30ba71cca2921f"}
        """#

    @Test func wellFormed() throws {
        let resolved = Self.firing.replacing("firing", with: "resolved").replacing(
            "0001-01-01T00:00:00Z",
            with: "2018-08-03T08:00:00Z"
        )
        let webhook = try AlertmanagerWebhook(
            parsing: payload("\(Self.firing),\(resolved)", rest: #","truncatedAlerts":3,"new":[1]"#)
        )
        #expect(webhook.truncatedAlerts == 3 && webhook.alerts.count == 2)
        let alert = try #require(webhook.alerts.first)
        #expect(alert.fingerprint == "1a30ba71cca2921f" && alert.status == .firing && alert.endsAt == nil)
        #expect(alert.labels == ["alertname": "Test", "severity": "critical"] && alert.annotations == ["summary": "s"])
        #expect(alert.startsAt == time("2018-08-03T07:52:26.739266Z"))
        #expect(alert.generatorURL == "http://example.com:9090/graph?g0.expr=up")
        #expect(webhook.alerts[1].status == .resolved && webhook.alerts[1].endsAt == time("2018-08-03T08:00:00Z"))
    }

    @Test(arguments: [
        (#""firing""#, "1", #"alerts[1].status must be a text"#),
        (#""firing""#, #""burning""#, #"alerts[1].status must be "firing" or "resolved""#),
        (#""critical""#, "3", #"alerts[1].labels.severity must be a text"#),
        (#"{"alertname":"Test","severity":"critical"}"#, "[]", #"alerts[1].labels must be an object"#),
        (#"{"alertname":"Test","severity":"critical"}"#, "{}", #"alerts[1].labels must not be empty"#),
        (
            #""2018-08-03T09:52:26.739266876+02:00""#, #""yesterday""#,
            "alerts[1].startsAt is not an RFC 3339 time such as 2026-01-31T08:09:10Z"
        ),
        (#","fingerprint":"1a30ba71cca2921f""#, "", "alerts[1].fingerprint is missing"),
        (#""1a30ba71cca2921f""#, "null", "alerts[1].fingerprint is null and must be a text"),
        (#""1a30ba71cca2921f""#, #""XYZ""#, "alerts[1].fingerprint must be 1 to 64 hexadecimal digits"),
        (#""firing""#, #""resolved""#, "alerts[1].endsAt must be a time, since the alert is resolved"),
    ]) func misfitsAreNamed(old: String, new: String, message: String) throws {
        let bad = Self.firing.replacing(old, with: new)
        let bytes = payload("\(Self.firing),\(bad)")
        let error = #expect(throws: NotificationError.self) { try AlertmanagerWebhook(parsing: bytes) }
        #expect(error?.description == message && error?.code == .payload)
    }

    @Test func theWholeIsChecked() {
        let cases: [([UInt8], String)] = [
            ([], "body is not JSON"), (Array("{".utf8), "body is not JSON"),
            (Array("[]".utf8), "body must be an object"),
            (Array("{}".utf8), "version is missing"), (payload(version: "4"), "version must be a text"),
            (payload(version: #""3""#), #"version must be "4""#),
            (payload(rest: #","truncatedAlerts":"x""#), "truncatedAlerts must be a whole number"),
            (payload(rest: #","truncatedAlerts":-1"#), "truncatedAlerts must not be negative"),
            (Array(#"{"version":"4","alerts":{}}"#.utf8), "alerts must be a list"),
            (Array(#"{"version":"4","alerts":[3]}"#.utf8), "alerts[0] must be an object"),
            ([UInt8](repeating: 32, count: (1 << 20) + 1), "body must be at most 1048576 bytes"),
            (
                payload(Array(repeating: Self.firing, count: 1_001).joined(separator: ",")),
                "alerts must be at most 1000"
            ),
            ([0xFF, 0xFE, 0x00], "body is not JSON"),
            (Array(String(repeating: "[", count: 100_000).utf8), "body is not JSON"),
        ]
        for (bytes, message) in cases {
            let error = #expect(throws: NotificationError.self) { try AlertmanagerWebhook(parsing: bytes) }
            #expect(error?.description == message)
        }
    }
}
