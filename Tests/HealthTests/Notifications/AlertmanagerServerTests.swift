// SPDX-License-Identifier: Apache-2.0
// Martlet: incidents to a real Alertmanager, and what it says of them by its webhook.

import Health
import Platform
import TestSupport
import Testing

private let alertmanager = TestRedis.find("prometheus-alertmanager") ?? TestRedis.find("alertmanager")

@Suite(
    .enabled(if: alertmanager != nil && MailServer.python != nil, "alertmanager is not installed")
)
struct AlertmanagerServerTests {
    /// Writes the body of each request to `body-N`.
    private static let receiver = #"""
        import http.server, os, sys
        class Handler(http.server.BaseHTTPRequestHandler):
            count = 0
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with open(f"{sys.argv[1]}/part", "wb") as file: file.write(body)
                os.rename(f"{sys.argv[1]}/part", f"{sys.argv[1]}/body-{Handler.count}")
                Handler.count += 1
                self.send_response(200); self.end_headers()
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        with open(f"{sys.argv[1]}/part", "w") as file: file.write(str(server.server_port))
        os.rename(f"{sys.argv[1]}/part", f"{sys.argv[1]}/port")
        server.serve_forever()
        """#

    @Test func thereAndBack() async throws {
        let (program, python) = (try #require(alertmanager), try #require(MailServer.python))
        let folder = try ScratchFolder()
        try folder.write(Self.receiver, to: "receiver.py")
        let receiver = try await ClusterProcess.launch(
            "receiver",
            [python, "\(folder.path)/receiver.py", folder.path],
            environment: [:],
            log: "\(folder.path)/receiver.log"
        )
        let hook = try await folder.wait(for: "port")
        try folder.write(
            """
            route: {receiver: martlet, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
            receivers:
              - name: martlet
                webhook_configs: [{url: "http://127.0.0.1:\(hook)/", send_resolved: true}]
            """,
            to: "alertmanager.yml"
        )
        let port = try ClusterPort.free()
        let server = try await ClusterProcess.launch(
            "alertmanager",
            [
                program, "--config.file=\(folder.path)/alertmanager.yml", "--storage.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
            ],
            environment: [:],
            log: "\(folder.path)/alertmanager.log"
        )
        let channel = try AlertmanagerChannel(url: "http://127.0.0.1:\(port)", labels: ["team": "db"])

        var message = sampleMessage()
        message.startedAt = Timestamp(seconds: Timestamp.now().microseconds / 1_000_000 - 60)
        message.at = Timestamp.now()
        try await eventually("Alertmanager takes the alert") {
            try await post(channel.request(for: message, now: .now()), folder) == 200
        }
        let body = try await folder.wait(for: "body-0")
        let firing = try AlertmanagerWebhook(parsing: Array(body.utf8))
        let alert = try #require(firing.alerts.first)
        #expect(firing.alerts.count == 1 && alert.status == .firing && alert.startsAt == message.startedAt)
        #expect(alert.labels["incident"] == message.key && alert.labels["team"] == "db")
        #expect(alert.annotations["summary"] == "postgres is DOWN" && alert.generatorURL == message.url)

        var end = message
        (end.event, end.resolvedAt) = (.resolved, Timestamp.now())
        #expect(try await post(channel.request(for: end, now: .now()), folder) == 200)
        let last = try AlertmanagerWebhook(parsing: Array(try await folder.wait(for: "body-1").utf8))
        #expect(last.alerts.map(\.status) == [.resolved] && last.alerts.first?.fingerprint == alert.fingerprint)

        // What it refuses is refused for good.
        var bad = channel.request(for: message, now: .now())
        bad.body = Array(#"[{"labels":{"a-b":"c"}}]"#.utf8)
        let status = try await post(bad, folder)
        guard case .rejected = channel.verdict(on: .init(status: status), now: .now()) else {
            Issue.record("status \(status)")
            return
        }
        await server.kill()
        await receiver.kill()
    }

    private func post(_ request: OutgoingRequest, _ folder: ScratchFolder) async throws -> Int {
        let curl = try #require(TestRedis.find("curl"))
        try folder.write(String(decoding: request.body, as: UTF8.self), to: "request")
        try folder.write("", to: "status")
        let headers = request.headers.flatMap { ["-H", "\($0.name): \($0.value)"] }
        _ = try await ClusterProcess.run(
            "curl",
            [curl, "-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@\(folder.path)/request"]
                + headers + [request.url],
            log: "\(folder.path)/status",
            within: .seconds(20)
        )
        return Int(folder.read("status") ?? "") ?? 0
    }
}
