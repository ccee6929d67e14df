// SPDX-License-Identifier: Apache-2.0
// Martlet: which requests are recorded as spans, and what their log lines and handlers see of it.

import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import Platform
import Synchronization
import TestSupport
import Testing
import Tracing

@testable import Web

@Suite struct RequestSpanTests {
    /// Keeps the ids that log lines bear.
    private struct IDLog: LogHandler {
        final class Lines: Sendable {
            private let all = Mutex<[LogContext]>([])
            func add(_ context: LogContext) { all.withLock { $0.append(context) } }
            var last: LogContext? { all.withLock { $0.last } }
        }
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug
        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { lines.add(LogContext.current) }
    }

    private let collector = SpanCollector()
    private let clock = TurnedClock()
    private let lines = IDLog.Lines()

    private func fixture(ratio: Double) -> WebFixture {
        var settings = TraceSettings(service: "test", endpoint: "http://127.0.0.1/v1/traces")
        settings.sampleRatio = ratio
        let tracer = TraceRecorder(
            settings,
            sink: collector,
            registry: MetricsRegistry(),
            now: { [clock] in clock.now }
        )
        return WebFixture(tracer: tracer, logger: Logger(label: "test") { [lines] _ in IDLog(lines: lines) }) {
            [clock] routes in
            routes.add(.get, "/trace") { _, context in
                .bytes(Array((context.trace?.traceparent ?? "none").utf8), type: "text/plain")
            }
            routes.add(.get, "/hour") { _, _ in
                clock.advance(.seconds(3_600))
                return .bytes([], type: "text/plain")
            }
        }
    }

    @Test func anUnsampledRequestIsRecordedOnlyIfItFailsOrTakesLong() async throws {
        try await fixture(ratio: 0).service.makeApplication().test(.router) { client in
            let seen = try await client.execute(uri: "/trace", method: .get) { String(buffer: $0.body) }
            #expect(seen == "none", "its trace is not carried on")
            try await client.execute(uri: "/nowhere", method: .get) { #expect($0.status == .notFound) }
            #expect(collector.spans.isEmpty && lines.last?.traceID == nil)

            try await client.execute(uri: "/broken", method: .get, headers: [.xRequestID: "a-request-of-mine"]) {
                #expect($0.status == .internalServerError)
            }
            try await client.execute(uri: "/hour", method: .get) { #expect($0.status == .ok) }
            #expect(collector.spans.map(\.operationName) == ["GET /broken", "GET /hour"])
            let failed = try #require(collector.spans.first)
            #expect(failed.attributes["martlet.request_id"]?.toSpanAttribute() == .string("a-request-of-mine"))
            #expect(failed.attributes["error.type"]?.toSpanAttribute() == .string("500"))
        }
    }

    @Test func aRequestWithAParentIsTheParentsChildInHandlersAndLogLines() async throws {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        try await fixture(ratio: 0).service.makeApplication().test(.router) { client in
            let fields = try HTTPFields([HTTPField(name: #require(HTTPField.Name("traceparent")), value: parent)])
            let seen = try await client.execute(uri: "/trace", method: .get, headers: fields) {
                String(buffer: $0.body)
            }
            let span = try #require(collector.spans.first)
            #expect(collector.spans.count == 1 && span.traceContext.traceparent == seen && seen != parent)
            #expect(span.traceContext.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
            #expect(
                lines.last?.spanID == span.traceContext.spanID,
                "the access log's line is within the request's span"
            )
        }
    }

    @Test func quietRoutesAndRequestsWithoutATracerLeaveNoSpan() async throws {
        try await fixture(ratio: 1).service.makeApplication().test(.router) { client in
            try await client.execute(uri: "/health/live", method: .get) { #expect($0.status == .ok) }
            #expect(collector.spans.isEmpty)
            try await client.execute(uri: "/trace", method: .get) { #expect($0.status == .ok) }
            #expect(collector.spans.map(\.operationName) == ["GET /trace"])
        }
    }
}
