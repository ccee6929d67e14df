// SPDX-License-Identifier: Apache-2.0
// Martlet: work that becomes a span only if it turns out to be worth one.
import TestSupport
import Testing
import Tracing

@testable import Platform

@Suite struct LateSpanTests {
    @Test func whatIsNotWantedBecomesASpanOnlyIfItFailsOrTakesLong() throws {
        let bench = TraceBench(ratio: 0)
        #expect(bench.recorder.startIfWanted("work", parent: nil) == nil)
        let parent = try #require(TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"))
        let asked = try #require(bench.recorder.startIfWanted("work", parent: parent))
        #expect(asked.traceContext.traceID == parent.traceID)
        asked.end()
        #expect(bench.count(.unsampled) == 1)

        bench.recorder.startLate().end("quick") { _ in Issue.record("nobody wants it described") }
        #expect(bench.collector.spans.isEmpty && bench.count(.unsampled) == 2)
        let begin = bench.clock.now
        bench.recorder.startLate().end("failed", kind: .server, hasFailed: true) { $0.set("a", .string("b")) }
        let slow = bench.recorder.startLate()
        bench.clock.advance(.seconds(2))
        slow.end("slow")
        #expect(bench.collector.spans.map(\.operationName) == ["failed", "slow"])
        let failed = try #require(bench.collector.spans.first)
        #expect(failed.kind == .server && failed.record.status?.code == .error && failed.start == begin)
        #expect(bench.collector.spans.last?.start == begin, "it began when the work did")
        #expect(bench.count(.unsampled) == 2 && bench.recorder.held == (0, 0))
    }

    @Test func allNewTracesAreWantedWhereAllAreKeptAndNoneWithoutASink() {
        #expect(TraceBench(ratio: 1).recorder.startIfWanted("work", parent: nil) != nil)
        let off = TraceBench(ratio: 1, isOn: false)
        #expect(off.recorder.startIfWanted("work", parent: nil) == nil)
        off.recorder.startLate().end("work", hasFailed: true) { _ in Issue.record("there is nobody to tell") }
        #expect(off.count(.unsampled) == 0)
    }
}
