// SPDX-License-Identifier: Apache-2.0
// Martlet: a trace from a client through the API, the job's row and the worker to a webhook, as a collector receives it.

import Glibc
import TestSupport
import Testing

extension DocumentTests {
    private static var python: String? { getenv("MARTLET_TEST_OTLP_PYTHON").map { String(cString: $0) } }

    @Test(.enabled(if: python != nil, "MARTLET_TEST_OTLP_PYTHON is not set"))
    func aTraceGoesFromTheClientToTheWebhook() async throws {
        let python = try #require(Self.python)
        try await with(workers: ["MARTLET_QUEUES": "default"]) { cluster in
            let (collector, target) = (try ClusterReceiver(), try ClusterReceiver())
            defer {
                collector.end()
                target.end()
            }
            let (apiPort, workerPort) = (try ClusterPort.free(), try ClusterPort.free())
            let tracing = [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(collector.port)", "MARTLET_TRACE_SAMPLE": "0",
                "MARTLET_BIND": "127.0.0.1", "LOG_FORMAT": "text",
            ]
            let api = try await cluster.launch("martlet-api", tracing.merging(["APP_PORT": "\(apiPort)"]) { $1 })
            let worker = try await cluster.launch(
                "martlet-worker",
                tracing.merging([
                    "APP_PORT": "\(workerPort)", "MARTLET_QUEUES": "traced", "MARTLET_HTTP_ALLOW": "127.0.0.1",
                ]) { $1 }
            )
            try await eventually("the API is ready") {
                (try? await ClusterRequest.get("/health/ready").reply(from: apiPort))?.status == 200
            }
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let job =
                #"{"kind":"http.request","queue":"traced","args":{"url":"http://127.0.0.1:\#(target.port)/","body":{}}}"#
            _ = try await cluster.output(of: [
                "/usr/bin/curl", "-sf", "http://127.0.0.1:\(apiPort)/v1/jobs", "-H", "Content-Type: application/json",
                "-H", "traceparent: 00-\(trace)-b7ad6b7169203331-01", "-H", "tracestate: vendor=x;y, other=1", "-d",
                job,
            ])
            try await eventually("the webhook comes") { !target.all.isEmpty }
            _ = try await cluster.output(of: [
                "/usr/bin/curl", "-sf", "http://127.0.0.1:\(apiPort)/v1/jobs?kind=http.request", "-H",
                "traceparent: 00-\(trace)-b7ad6b7169203331-01",
            ])
            // What is queued is sent at the end.
            for process in [api, worker] {
                process.signal(SIGTERM)
                #expect(try await process.waitForEnd(within: patience) == .code(0))
            }
            let files = try collector.all.enumerated().map { try cluster.write($1.body, to: "spans-\($0)") }
            #expect(collector.all.allSatisfy { $0.head.contains("content-type: application/x-protobuf") })
            let text = try await cluster.output(of: [python, "\(Repository.root)/Tests/Tools/show_spans.py"] + files)
            // Each call is one span: HTTP clients that trace themselves would show whole addresses, and trace the collector's.
            #expect(!text.contains(#""name":"POST""#), "\(text)")
            let spans = text.split(separator: "\n").map(String.init).filter { $0.contains(trace) }
            func span(_ name: String) throws -> String {
                try #require(spans.first { $0.contains("\"name\":\"\(name)\"") }, "no span \(name) in\n\(text)")
            }
            func member(_ name: String, _ span: String) -> String {
                span.firstRange(of: "\"\(name)\":\"").map { String(span[$0.upperBound...].prefix { $0 != "\"" }) } ?? ""
            }
            let (request, attempt, call) = (
                try span("POST /v1/jobs"), try span("job http.request"), try span("HTTP POST")
            )
            #expect(member("service", request) == "martlet-api" && member("parent", request) == "b7ad6b7169203331")
            #expect(
                member("service", attempt) == "martlet-worker" && member("parent", attempt) == member("span", request)
            )
            #expect(member("parent", call) == member("span", attempt))
            // What the API asked of the ledger hangs below the request.
            #expect(member("parent", try span("group commit")) == member("span", request))
            #expect(member("parent", try span("job_list")) == member("span", try span("GET /v1/jobs")))
            // The receiver's own work hangs below the call.
            let head = try #require(target.all.first?.head)
            #expect(head.contains("traceparent: 00-\(trace)-\(member("span", call))-01"), "\(head)")
            #expect(head.contains("tracestate: vendor=x;y, other=1"), "\(head)")
        }
    }
}
