// SPDX-License-Identifier: Apache-2.0
// Martlet: batches, retries, bounds and the end of the exporter.
import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1))) struct SpanExporterTests {
    private struct Bench {
        let registry = MetricsRegistry()
        let transport: ScriptedTransport
        let exporter: SpanExporter
        let recorder: TraceRecorder

        init(_ answers: [ScriptedTransport.Answer], change: (inout SpanExporter.Pace) -> Void = { _ in }) throws {
            transport = ScriptedTransport(answers)
            var settings = TraceSettings(service: "test", endpoint: "http://127.0.0.1:4318/v1/traces")
            settings.headers = [("x-key", Secret("s3"))]
            settings.sampleRatio = 1
            var pace = SpanExporter.Pace()
            pace.pauseScale = 0.001
            change(&pace)
            exporter = try #require(
                SpanExporter(
                    settings,
                    transport: transport,
                    registry: registry,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    pace: pace
                )
            )
            recorder = TraceRecorder(settings, sink: exporter, registry: registry)
        }

        func spans(_ count: Int) { for _ in 0..<count { recorder.start("span").end() } }

        func spans(_ outcome: TraceMetrics.SpanOutcome) -> UInt64 { TraceMetrics.spans(registry, outcome).value }
        func exports(_ outcome: TraceMetrics.ExportOutcome) -> UInt64 { TraceMetrics.exports(registry, outcome).value }

        /// What a scrape shows of a metric without labels.
        func shown(_ name: String) -> Double? {
            String(decoding: registry.render(.text), as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
        }

        /// Runs the exporter; when the condition holds it is shut down gracefully.
        func run(until condition: @escaping @Sendable () -> Bool) async {
            await testGracefulShutdown { trigger in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await exporter.run() }
                    while !condition() { try? await Task.sleep(for: .milliseconds(2)) }
                    trigger.triggerGracefulShutdown()
                    await group.waitForAll()
                }
            }
        }
    }

    @Test func sendsFullBatchesAtOnceAndTheRestInTime() async throws {
        let bench = try Bench([.status(200)]) { $0.interval = .milliseconds(20) }
        bench.spans(1100)
        await bench.run { [bench] in bench.spans(.exported) == 1100 }
        #expect(bench.transport.sent.count == 3 && bench.exports(.ok) == 3 && bench.spans(.dropped) == 0)
        let sent = try #require(bench.transport.sent.first)
        #expect(sent.url == "http://127.0.0.1:4318/v1/traces")
        #expect(sent.headers.map(\.name) == ["Content-Type", "x-key"])
        #expect(sent.headers.map(\.value) == ["application/x-protobuf", "s3"])
    }

    @Test func whatWaitsIsSentAtTheEnd() async throws {
        let bench = try Bench([.status(200)]) { $0.interval = .seconds(3600) }
        bench.spans(10)
        await bench.run { true }
        #expect(bench.spans(.exported) == 10 && bench.transport.sent.count == 1)
    }

    @Test func triesAgainWhileItMayHelp() async throws {
        let bench = try Bench([.status(503), .status(429, retryAfter: "1"), .failure, .status(200)]) {
            $0.interval = .milliseconds(5)
        }
        bench.spans(3)
        await bench.run { [bench] in bench.spans(.exported) == 3 }
        #expect(bench.exports(.retried) == 3 && bench.exports(.ok) == 1 && bench.spans(.dropped) == 0)
    }

    @Test func givesUpAfterFiveAttemptsOrAtOnce() async throws {
        let stubborn = try Bench([.status(502)]) { $0.interval = .milliseconds(5) }
        stubborn.spans(3)
        await stubborn.run { [stubborn] in stubborn.spans(.dropped) == 3 }
        #expect(stubborn.transport.sent.count == 5 && stubborn.exports(.failed) == 1 && stubborn.exports(.retried) == 4)
        let refusing = try Bench([.status(400)]) { $0.interval = .milliseconds(5) }
        refusing.spans(3)
        await refusing.run { [refusing] in refusing.spans(.dropped) == 3 }
        #expect(refusing.transport.sent.count == 1 && refusing.exports(.failed) == 1)
    }

    @Test func whatWaitsAndHowLongItTakesIsShown() async throws {
        let bench = try Bench([.status(503), .status(200)]) { $0.interval = .milliseconds(5) }
        let open = bench.recorder.start("open")
        bench.spans(10)
        #expect(bench.shown("martlet_trace_spans_waiting") == 10 && bench.shown("martlet_trace_spans_held") == 1)
        await bench.run { [bench] in bench.spans(.exported) == 10 }
        #expect(bench.shown("martlet_trace_spans_waiting") == 0)
        // One attempt that was refused, and one that was not.
        #expect(bench.shown("martlet_trace_export_seconds_count") == 2)
        open.end()
        #expect(bench.shown("martlet_trace_spans_held") == 0)
    }

    @Test func theQueueIsBounded() async throws {
        let bench = try Bench([.status(200)]) { ($0.capacity, $0.interval) = (100, .seconds(3600)) }
        bench.spans(150)
        #expect(bench.spans(.dropped) == 50)
        await bench.run { true }
        #expect(bench.spans(.exported) == 100)
    }

    @Test func aSilentCollectorDoesNotHoldUpTheEnd() async throws {
        let bench = try Bench([.silence]) { ($0.interval, $0.farewell) = (.milliseconds(5), .milliseconds(100)) }
        bench.spans(600)
        let elapsed = await ContinuousClock().measure {
            await bench.run { [bench] in !bench.transport.sent.isEmpty }
        }
        #expect(elapsed < .seconds(60) && bench.spans(.dropped) == 600 && bench.spans(.exported) == 0)
    }

    @Test func pausesGrowAndAreBounded() {
        var retry = ExportRetry()
        #expect(retry.next(status: 503, retryAfter: nil, spread: 0) == .again(after: .milliseconds(250)))
        #expect(retry.next(status: nil, retryAfter: nil, spread: 0) == .again(after: .milliseconds(500)))
        #expect(retry.next(status: 429, retryAfter: .seconds(7), spread: 0) == .again(after: .seconds(7)))
        #expect(retry.next(status: 504, retryAfter: .seconds(7000), spread: 0) == .again(after: .seconds(30)))
        #expect(retry.next(status: 503, retryAfter: nil, spread: 0) == .giveUp)
        var other = ExportRetry()
        #expect(other.next(status: 404, retryAfter: .seconds(1), spread: 0) == .giveUp)
        var good = ExportRetry()
        #expect(good.next(status: 202, retryAfter: nil, spread: 0) == .done)
        #expect(OTLPAnswer(status: 429, retryAfter: " 5 ").retryAfter == .seconds(5))
        for text in ["Fri, 31 Dec 1999 23:59:59 GMT", "-1", "", "999999"] {
            #expect(OTLPAnswer(status: 429, retryAfter: text).retryAfter == nil)
        }
    }
}
