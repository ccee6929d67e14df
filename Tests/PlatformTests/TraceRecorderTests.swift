// SPDX-License-Identifier: Apache-2.0
// Martlet: which traces are kept, in bounded memory, and what spans hold.
import TestSupport
import Synchronization
import Testing
import Tracing

@testable import Platform

private struct Trouble: Error, CustomStringConvertible {
    var description: String { "no route" }
}

@Suite struct TraceRecorderTests {
    private let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"

    @Test func theCallersDecisionHolds() throws {
        for (ratio, flag, kept) in [(0.0, "1", 1), (1.0, "0", 0)] {
            let bench = TraceBench(ratio: ratio)
            let parent = try #require(TraceContext(traceparent: caller + flag, tracestate: "a=1"))
            let span = bench.recorder.start("work", parent: parent)
            #expect(span.traceContext.traceID == parent.traceID && span.traceContext.isSampled == (kept == 1))
            #expect(span.traceContext.tracestate == "a=1" && span.parent == parent.span && span.isParentRemote == true)
            span.end()
            #expect(bench.collector.spans.count == kept)
            #expect(bench.count(.unsampled) == UInt64(1 - kept))
            #expect(bench.recorder.held == (0, 0))
        }
    }

    @Test func aShareOfNewTracesIsKept() {
        let bench = TraceBench(ratio: 0.1)
        for _ in 0..<20_000 { bench.recorder.start("work").end() }
        // Ten standard deviations of a binomial distribution are 424.
        #expect(abs(bench.collector.spans.count - 2000) < 424, "\(bench.collector.spans.count)")
        #expect(bench.collector.spans.allSatisfy { $0.traceContext.isSampled })
        #expect(Set(bench.collector.spans.map { $0.traceContext.traceID }).count == bench.collector.spans.count)
        #expect(TraceSampler(ratio: 1).samples(low: 0) && !TraceSampler(ratio: 0).samples(low: .max))
    }

    @Test func failedAndSlowTracesAreKept() {
        let bench = TraceBench(ratio: 0)
        let failed = bench.recorder.start("root")
        let child = failed.startChild("child", kind: .client)
        child.fail("refused")
        child.end()
        #expect(bench.collector.spans.isEmpty && bench.recorder.held == (2, 1))
        failed.end()
        #expect(bench.collector.spans.map(\.operationName) == ["child", "root"])
        #expect(!failed.traceContext.isSampled && child.parent == failed.traceContext.span)

        let slow = bench.recorder.start("slow")
        bench.clock.advance(.seconds(1))
        slow.end()
        let fast = bench.recorder.start("fast")
        bench.clock.advance(.milliseconds(999))
        fast.end()
        let thrown = bench.recorder.start("thrown")
        thrown.recordError(Trouble())
        thrown.end()
        #expect(bench.collector.spans.map(\.operationName) == ["child", "root", "slow", "thrown"])
        #expect(bench.count(.unsampled) == 1 && bench.recorder.held == (0, 0))
    }

    @Test func onlyWhatMayBeKeptIsDescribed() {
        let bench = TraceBench(ratio: 0)
        func end(_ span: TraceSpan) { span.end { $0.set("seen", true) } }
        let fast = bench.recorder.start("fast")
        // A child's root may turn out slow later.
        let child = fast.startChild("child")
        end(child)
        end(fast)
        let slow = bench.recorder.start("slow")
        bench.clock.advance(.seconds(1))
        end(slow)
        end(slow)
        let failed = bench.recorder.start("failed")
        failed.fail()
        end(failed)
        #expect(bench.collector.spans.map(\.operationName) == ["slow", "failed"])
        #expect([fast, child, slow, failed].map { $0.attributes.count } == [0, 1, 1, 1])
        #expect(bench.count(.unsampled) == 2 && bench.recorder.held == (0, 0))
    }

    @Test func latecomersFollowTheVerdict() {
        let bench = TraceBench(ratio: 1)
        let root = bench.recorder.start("root")
        let late = root.startChild("late")
        root.end()
        late.end()
        late.end()
        #expect(bench.collector.spans.map(\.operationName) == ["root", "late"])
        // After the end of its parent a span stands for itself.
        let after = root.startChild("after")
        #expect(
            after.isRecording && after.isParentRemote == false
                && after.traceContext.traceID == root.traceContext.traceID
        )
        after.end()
        #expect(bench.collector.spans.count == 3 && bench.recorder.held == (0, 0))
        root.set("late", true)
        root.operationName = "other"
        #expect(root.attributes.isEmpty && root.operationName == "root" && !root.isRecording)
    }

    @Test func memoryIsBoundedAndForgottenSpansAreCounted() {
        let bench = TraceBench(ratio: 1) { ($0.openRoots, $0.spansPerRoot, $0.bufferedSpans) = (3, 4, 6) }
        var roots = (0..<5).map { bench.recorder.start("root \($0)") }
        #expect(roots.map(\.isRecording) == [true, true, true, false, false])
        #expect(bench.count(.dropped) == 2 && bench.recorder.held == (3, 3))
        // Those without room still pass on their place.
        #expect(roots[4].startChild("x").traceContext.traceID == roots[4].traceContext.traceID)
        let children = (0..<5).map { roots[0].startChild("child \($0)") }
        #expect(children.map(\.isRecording) == [true, true, true, false, false])
        #expect(!roots[1].startChild("no room in all").isRecording && bench.recorder.held == (6, 3))
        for child in children { child.end() }
        roots[0].end()
        #expect(bench.collector.spans.count == 4 && bench.recorder.held == (2, 2))
        let before = bench.count(.dropped)
        do {
            let open = roots[1].startChild("never ended")
            #expect(open.isRecording)
            roots[1].startChild("ended").end()
        }
        #expect(bench.count(.dropped) == before + 1)
        roots = []
        #expect(bench.count(.dropped) == before + 4 && bench.recorder.held == (0, 0))
    }

    @Test func spansAreBounded() throws {
        let bench = TraceBench(ratio: 1)
        let span = bench.recorder.start(String(repeating: "n", count: 300))
        for index in 0..<40 { span.set("key \(index)", .int64(Int64(index))) }
        span.set("key 0", .string(String(repeating: "é", count: 600)))
        span.set("key 1", .stringArray([String](repeating: String(repeating: "x", count: 400), count: 5)))
        for _ in 0..<20 { span.addEvent(SpanEvent(name: "event", attributes: ["a": 1])) }
        for _ in 0..<10 { span.addLink(span.traceContext) }
        let record = span.record
        #expect(
            record.name.utf8.count == 256 && record.attributes.entries.count == 32 && record.attributes.dropped == 8
        )
        #expect(record.events.count == 16 && record.droppedEvents == 4)
        #expect(record.links.count == 8 && record.droppedLinks == 2)
        #expect(span.attributes.get("key 0") == .string(String(repeating: "é", count: 512)))
        guard case .stringArray(let texts)? = span.attributes.get("key 1") else { throw Trouble() }
        #expect(texts.map(\.utf8.count) == [400, 400, 224])
        #expect(SpanAttributeList.cut("aé😀", 6) == "aé" && SpanAttributeList.cut("aé😀", 7) == "aé😀")
        span.attributes = ["key 5": 5, "new": "n"]
        #expect(span.attributes == ["key 5": 5, "new": "n"])
        span.setStatus(SpanStatus(code: .ok, message: "ignored"))
        span.fail("too late")
        #expect(span.record.status == SpanStatus(code: .ok))
        span.end()
    }

    @Test func whenOffOnlyContextsArePassedOn() throws {
        let bench = TraceBench(ratio: 1, isOn: false)
        let parent = try #require(TraceContext(traceparent: caller + "1"))
        let span = bench.recorder.start("work", parent: parent)
        let child = span.startChild("child")
        #expect(!span.isRecording && !child.isRecording && child.traceContext.isSampled)
        #expect(child.traceContext.traceID == parent.traceID && child.traceContext != span.traceContext)
        #expect(!bench.recorder.start("new").traceContext.isSampled && bench.count(.dropped) == 0)
    }

    @Test func worksAsATracerOfTheEcosystem() async throws {
        struct Headers: Extractor, Injector {
            func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
            func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
                carrier[key] = value
            }
        }
        let bench = TraceBench(ratio: 0)
        let recorder = bench.recorder
        var context = ServiceContext.topLevel
        let incoming = ["traceparent": caller + "1", "tracestate": "vendor=x"]
        recorder.extract(incoming, into: &context, using: Headers())
        #expect(context.traceContext?.traceparent == caller + "1")
        await #expect(throws: Trouble.self) {
            try await recorder.withSpan("outer", context: context, ofKind: .server) { outer in
                try await recorder.withSpan("inner", ofKind: .client) { inner in
                    #expect(inner.parent == outer.traceContext.span)
                    #expect(recorder.activeSpan(identifiedBy: inner.context) === inner)
                    #expect(ServiceContext.current?.traceContext == inner.traceContext)
                    var outgoing: [String: String] = [:]
                    recorder.inject(inner.context, into: &outgoing, using: Headers())
                    #expect(outgoing == ["traceparent": inner.traceContext.traceparent, "tracestate": "vendor=x"])
                    inner.addLink(SpanLink(context: context, attributes: ["why": "test"]))
                    inner.addLink(SpanLink(context: .topLevel, attributes: [:]))
                    #expect(inner.record.links.count == 1)
                    try await Task.sleep(for: .nanoseconds(1))
                    throw Trouble()
                }
            }
        }
        let inner = try #require(bench.collector.spans.first)
        #expect(bench.collector.spans.map(\.operationName) == ["inner", "outer"])
        #expect(inner.record.status?.code == .error && inner.record.events.first?.name == "exception")
        #expect(inner.record.events.first?.attributes.dictionary.get("exception.message") == "no route")
        var nothing = ServiceContext.topLevel
        recorder.extract(["traceparent": "nonsense"], into: &nothing, using: Headers())
        #expect(nothing.traceContext == nil)
    }

    @Test(arguments: [
        ("a=1", true), ("a=1,b=2", true), ("a=1, b=2", true), ("a=1,,b=2", true), ("0a-_*/@v=x y", true), ("a=", true),
        ("", false), ("a", false), ("A=1", false), ("=1", false), ("a=1,a=2", false), ("a=1=2", false),
        ("a=\u{7F}", false),
        ("a=é", false), ("a=1\n", false), (",", false), (String(repeating: "a", count: 510) + "=1", false),
        ((0..<33).map { "k\($0)=" }.joined(separator: ","), false),
    ])
    func tracestateIsPassedOnOrLeftOut(text: String, isGood: Bool) throws {
        let context = try #require(TraceContext(traceparent: caller + "1", tracestate: text))
        #expect(context.tracestate == (isGood ? text : nil) && context.child().tracestate == context.tracestate)
    }

    @Test func spansFromManyThreads() async {
        let bench = TraceBench(ratio: 1) { $0.spansPerRoot = 10_000 }
        let root = bench.recorder.start("root")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for index in 0..<500 {
                        let child = root.startChild("child")
                        child.set("index", .int64(Int64(index)))
                        child.end()
                    }
                }
            }
        }
        root.end()
        #expect(bench.collector.spans.count == 4001 && bench.recorder.held == (0, 0))
        #expect(Set(bench.collector.spans.map { $0.traceContext.spanID }).count == 4001)
    }

    @Test func costOfSpans() {
        for (name, ratio) in [("unsampled", 0.0), ("sampled", 1.0)] {
            var settings = TraceSettings(service: "test", endpoint: "http://127.0.0.1/v1/traces")
            settings.sampleRatio = ratio
            let sink = CountingSink()
            let registry = MetricsRegistry()
            let recorder = TraceRecorder(settings, sink: sink, registry: registry)
            let rounds = 20_000
            // The best of some, since other tests run beside this one.
            let light = best(of: 6) {
                for _ in 0..<rounds {
                    let root = recorder.start("POST /v1/jobs", kind: .server)
                    let child = root.startChild("ledger.enqueue", kind: .client)
                    child.end()
                    root.end()
                }
            }
            let plain = best(of: 6) {
                for _ in 0..<rounds {
                    recorder.withSpan("POST /v1/jobs", context: .topLevel, ofKind: .server) { _ in
                        recorder.withSpan("ledger.enqueue", ofKind: .client) { _ in }
                    }
                }
            }
            print("\(name) root with a child: \(light / rounds), by withSpan \(plain / rounds)")
            #expect(sink.count.load(ordering: .relaxed) == (ratio == 0 ? 0 : 24 * rounds))
            #expect(TraceMetrics.spans(registry, .unsampled).value == (ratio == 0 ? UInt64(24 * rounds) : 0))
        }
    }

    private func best(of times: Int, _ body: () -> Void) -> Duration {
        (0..<times).map { _ in ContinuousClock().measure(body) }.min() ?? .zero
    }

    private final class CountingSink: SpanSink {
        let count = Atomic(0)
        func receive(_ spans: [TraceSpan]) { count.wrappingAdd(spans.count, ordering: .relaxed) }
    }
}
