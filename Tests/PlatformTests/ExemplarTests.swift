// SPDX-License-Identifier: Apache-2.0
// Martlet: traces as examples in histograms.
import Testing

@testable import Platform

@Suite struct ExemplarTests {
    private func context(sampled: Bool) throws -> TraceContext {
        let flag = sampled ? "01" : "00"
        return try #require(TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\(flag)"))
    }

    private func page(_ registry: MetricsRegistry, _ format: ExpositionFormat) -> [Substring] {
        String(decoding: registry.render(format), as: UTF8.self).split(separator: "\n")
    }

    @Test func sampledTracesAreShownInOpenMetricsOnly() throws {
        let registry = MetricsRegistry()
        let histogram = registry.histogram("wait_seconds", help: "Wait.", labels: [("q", "a")], buckets: [0.1, 1])
        histogram.observe(0.05, trace: try context(sampled: false))
        histogram.observe(0.5, trace: try context(sampled: true))
        histogram.observe(.infinity, trace: try context(sampled: true))
        histogram.observe(.seconds(3), trace: nil)
        let lines = page(registry, .openMetrics).filter { $0.hasPrefix("wait_seconds_bucket") }
        #expect(lines.count == 3)
        #expect(lines[0] == "wait_seconds_bucket{q=\"a\",le=\"0.1\"} 1")
        let parts = lines[1].split(separator: " ")
        #expect(
            parts.dropLast().joined(separator: " ")
                == "wait_seconds_bucket{q=\"a\",le=\"1.0\"} 2 # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 0.5"
        )
        let time = try #require(parts.last.flatMap { Double($0) })
        #expect(abs(time - Double(Timestamp.now().microseconds) / 1e6) < 60)
        // An infinite value is no example.
        #expect(lines[2] == "wait_seconds_bucket{q=\"a\",le=\"+Inf\"} 4")
        #expect(page(registry, .text).allSatisfy { !$0.contains("trace_id") })
        histogram.observe(.milliseconds(500), trace: try context(sampled: true))
        #expect(page(registry, .openMetrics).contains { $0.contains("} 3 # {trace_id=") && $0.contains("} 0.5 ") })
    }

    @Test func costOfObserving() throws {
        let histogram = MetricsRegistry().histogram("h", help: "H.")
        let rounds = 200_000
        for (name, trace) in [
            ("none", nil), ("unsampled", try context(sampled: false)), ("sampled", try context(sampled: true)),
        ] {
            let elapsed = ContinuousClock().measure {
                for _ in 0..<rounds { histogram.observe(0.01, trace: trace) }
            }
            print("observing with a trace, \(name): \(elapsed / rounds)")
        }
        #expect(histogram.snapshot.count == UInt64(3 * rounds))
    }
}
