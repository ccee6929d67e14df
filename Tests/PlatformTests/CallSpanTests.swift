// SPDX-License-Identifier: Apache-2.0
// Martlet: calls to servers as spans below the work that made them.
import TestSupport
import Testing
import Tracing

@testable import Platform

@Suite struct CallSpanTests {
    private struct Bench {
        let collector = SpanCollector()
        let registry = MetricsRegistry()
        let clock = TurnedClock()
        let recorder: TraceRecorder
        let calls: CallMetrics

        init(ratio: Double) {
            var settings = TraceSettings(service: "test", endpoint: "http://127.0.0.1/v1/traces")
            settings.sampleRatio = ratio
            recorder = TraceRecorder(settings, sink: collector, registry: registry, now: { [clock] in clock.now })
            calls = CallMetrics(registry, dependency: "store", system: "postgresql", labels: [("pool", "p")])
        }

        var isCounted: Bool {
            String(decoding: registry.render(.text), as: UTF8.self)
                .contains(#"martlet_store_call_seconds_count{operation="job_read",pool="p"} 1"#)
        }
    }

    @Test func aCallIsASpanBelowTheWorkThatMadeIt() async throws {
        let bench = Bench(ratio: 1)
        let work = bench.recorder.start("work", kind: .server)
        bench.clock.advance(.seconds(1))
        await work.asCurrent {
            #expect(TraceSpan.sampled === work)
            bench.calls.record("job_read", .milliseconds(20), error: nil)
            // Tasks of the work are the work.
            await withDiscardingTaskGroup { group in
                group.addTask { bench.calls.record("job_cancel", .milliseconds(5), error: "timeout") }
            }
        }
        #expect(TraceSpan.sampled == nil)
        work.end()
        let spans = bench.collector.spans
        #expect(spans.map(\.operationName) == ["job_read", "job_cancel", "work"])
        let (read, cancel) = (try #require(spans.first), try #require(spans.dropFirst().first))
        #expect(read.parent == work.traceContext.span && read.isParentRemote == false && read.kind == .client)
        #expect(read.record.end == bench.clock.now && read.record.end - read.start == 20_000_000)
        let facts = read.record.attributes.dictionary
        #expect(facts.get("db.system.name") == "postgresql" && facts.get("db.operation.name") == "job_read")
        #expect(facts.get("martlet.pool") == "p" && read.record.status == nil)
        #expect(
            cancel.record.status?.code == .error && cancel.record.attributes.dictionary.get("error.type") == "timeout"
        )
        #expect(bench.isCounted)
        let page = String(decoding: bench.registry.render(.openMetrics), as: UTF8.self)
        #expect(page.contains(work.traceContext.traceID), "the trace is the call's example")
    }

    @Test(arguments: [0.0, 1.0]) func nobodyElsesCallsAreSpans(ratio: Double) async {
        let bench = Bench(ratio: ratio)
        bench.calls.record("job_read", .milliseconds(20), error: nil)
        let work = bench.recorder.start("work")
        if ratio == 0 { await work.asCurrent { bench.calls.record("job_cancel", .milliseconds(20), error: "x") } }
        work.end()
        // What goes on after the work has ended is none of it.
        await work.asCurrent { bench.calls.record("job_cancel", .milliseconds(20), error: nil) }
        #expect(bench.collector.spans.map(\.operationName) == (ratio == 0 ? [] : ["work"]))
        #expect(bench.isCounted && bench.recorder.held == (0, 0))
    }

    @Test func costOfCalls() async {
        let rounds = 200_000
        for ratio in [0.0, 1.0] {
            let bench = Bench(ratio: ratio)
            func measure(_ name: String) {
                let time = ContinuousClock().measure {
                    for _ in 0..<rounds { bench.calls.record("job_read", .milliseconds(1), error: nil) }
                }
                print("a call \(name), ratio \(ratio): \(time / rounds)")
            }
            measure("outside a span")
            let work = bench.recorder.start("work")
            await work.asCurrent { measure("in a span") }
            work.end()
            // A root keeps no more than its share of them.
            #expect(bench.collector.spans.count == (ratio == 0 ? 0 : TraceLimits().spansPerRoot))
        }
    }
}
