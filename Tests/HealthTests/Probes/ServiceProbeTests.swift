// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the readiness and Prometheus probes.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite struct ReadinessProbeTests {
    private func run(_ status: String, _ body: String) async throws -> ProbeResult {
        try await TestServer.with(.http(status, body: body)) { server in
            let target = ReadinessProbe.Target(url: "http://127.0.0.1:\(server.port)")
            let result = try await ReadinessProbe(target, resources: Fixture.resources).run(timeout: patience)
            #expect(server.received.first?.hasPrefix("GET /health/ready ") == true)
            return result
        }
    }

    /// What a service really writes.
    private static func page(_ database: HealthStatus) async -> String {
        let checks = HealthChecks()
        let details: [(name: String, value: HealthDetail)] = database == .up ? [] : [("error", .string("no route"))]
        checks.register(
            HealthCheck("database", criticality: .critical, deadline: patience) {
                HealthFinding(database, details: details)
            }
        )
        checks.register(HealthCheck("bus", criticality: .degrading, deadline: patience) { HealthFinding() })
        return String(decoding: await checks.report().json(), as: UTF8.self)
    }

    @Test func up() async throws {
        let result = try await run("200 OK", await Self.page(.up))
        #expect(result.status == .up)
        #expect(result.parts == [.init(name: "database", status: .up), .init(name: "bus", status: .up)])
    }

    @Test func degraded() async throws {
        let result = try await run("200 OK", await Self.page(.degraded))
        #expect(result.status == .degraded)
        #expect(result.reason == "the service says DEGRADED: database: no route")
    }

    @Test func down() async throws {
        let result = try await run("503 Service Unavailable", await Self.page(.down))
        #expect(result.status == .down)
        #expect(result.reason == "the service says DOWN: database: no route")
        #expect(result.parts.first == .init(name: "database", status: .down, reason: "no route"))
    }

    @Test func draining() async throws {
        let result = try await run("503 Service Unavailable", #"{"status":"DOWN","phase":"draining"}"#)
        #expect(result.status == .down)
        #expect(result.reason == "the service says DOWN: it is draining")
    }

    @Test func errorsBesideTheStatus() async throws {
        let result = try await run(
            "503 X",
            #"{"status":"DOWN","checks":{"db":{"status":"DOWN","latency_ms":1,"error":"gone"}}}"#
        )
        #expect(result.reason == "the service says DOWN: db: gone")
    }

    @Test(
        arguments: [
            (
                "200 OK", "<html>",
                "HTTP status 200, and the readiness page is not JSON: this is not a JSON value (byte 0)"
            ),
            (
                "200 OK", #"{"state":"UP"}"#,
                "HTTP status 200, and the readiness page has no status of UP, DEGRADED or DOWN"
            ),
            (
                "200 OK", #"{"status":"FINE"}"#,
                "HTTP status 200, and the readiness page has no status of UP, DEGRADED or DOWN"
            ),
            (
                "200 OK", #"{"status":"UP","checks":[]}"#,
                "the readiness page's checks are not of the form {name: {\"status\": …}}"
            ),
            ("404 Not Found", #"{"status":"UP"}"#, "HTTP status 404"),
        ]
    )
    func wrongPages(_ status: String, _ body: String, _ reason: String) async throws {
        let result = try await run(status, body)
        #expect(result.status == .down)
        #expect(result.reason == reason)
    }
}

@Suite struct PrometheusProbeTests {
    private func run(
        _ status: String,
        _ body: String,
        _ change: @Sendable (inout PrometheusProbe.Target) throws -> Void = { _ in }
    ) async throws -> ProbeResult {
        try await TestServer.with(.http(status, body: body)) { server in
            var target = PrometheusProbe.Target(url: "http://127.0.0.1:\(server.port)/prom/", query: "up{job=\"a b\"}")
            try change(&target)
            let result = try await PrometheusProbe(target, resources: Fixture.resources).run(timeout: patience)
            let path = "GET /prom/api/v1/query?query=up%7Bjob%3D%22a%20b%22%7D "
            #expect(server.received.first?.hasPrefix(path) == true)
            return result
        }
    }

    private static func vector(_ values: String...) -> String {
        let items = values.map { #"{"metric":{},"value":[1700000000.1,"\#($0)"]}"# }.joined(separator: ",")
        return #"{"status":"success","data":{"resultType":"vector","result":[\#(items)]}}"#
    }

    @Test func valueAndCount() async throws {
        let result = try await run("200 OK", Self.vector("0.25", "3")) {
            $0.expectations = try conditions("value < 0.5", "count == 2")
        }
        #expect(result.status == .up)
        #expect(result.value == 0.25)
        let bad = try await run("200 OK", Self.vector("7")) { $0.expectations = try degraded("value < 0.5") }
        #expect(bad.status == .degraded)
        #expect(bad.reason == "expected value < 0.5, found 7")
        let scalar = #"{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}"#
        #expect(try await run("200 OK", scalar).value == .infinity)
    }

    @Test func emptyMeansWhatIsConfigured() async throws {
        for (empty, status) in [
            (PrometheusProbe.Empty.unknown, ProbeResult.Status.unknown), (.up, .up), (.down, .down),
        ] {
            let result = try await run("200 OK", Self.vector()) { $0.empty = empty }
            #expect(result.status == status)
            #expect(result.reason == (status == .up ? nil : "the query gave no series"))
        }
    }

    @Test func errors() async throws {
        let refused = try await run(
            "400 Bad Request",
            #"{"status":"error","errorType":"bad_data","error":"parse error"}"#
        )
        #expect(refused.status == .down)
        #expect(refused.reason == "the query failed: parse error")
        let html = try await run("502 Bad Gateway", "<html>")
        #expect(html.reason == "HTTP status 502, and the answer is not JSON: this is not a JSON value (byte 0)")
        let matrix = #"{"status":"success","data":{"resultType":"matrix","result":[]}}"#
        #expect(try await run("200 OK", matrix).reason == "the answer's result is neither a vector nor a scalar")
    }
}
