// SPDX-License-Identifier: Apache-2.0
// What is shown of queues and kinds, and that their number stays bounded.

import Platform
import Testing

@testable import Jobs

@Suite struct ObservationTests {
    /// The values of a metric by labels.
    private func values(_ name: String, in registry: MetricsRegistry) -> [String: Double] {
        var values: [String: Double] = [:]
        for line in String(decoding: registry.render(.text), as: UTF8.self).split(separator: "\n")
        where line.hasPrefix(name)
            && (line.dropFirst(name.count).first == "{" || line.dropFirst(name.count).first == " ")
        {
            guard let space = line.lastIndex(of: " ") else { continue }
            values[String(line[line.index(line.startIndex, offsetBy: name.count)..<space])] = Double(
                line[space...].dropFirst()
            )
        }
        return values
    }

    @Test func labelsAreBoundedAndKept() {
        var labels = BoundedLabels(limit: 2)
        #expect(["a", "b", "c", "a", "d"].map { labels.label($0) } == ["a", "b", "(other)", "a", "(other)"])
    }

    @Test func manyQueuesAreShownAsFew() {
        let registry = MetricsRegistry()
        var queues = (0..<300).map {
            LedgerStats.Queue(
                number: Int32($0),
                name: "queue-\($0)",
                unfinished: [.available: 2],
                finished: [.completed: 3]
            )
        }
        queues[299].oldestAvailableAt = 40_000_000
        let stats = LedgerStats(queues: queues, sampledAt: 90_000_000, readAt: 0)
        registry.collect { samples in
            var labels = BoundedLabels(limit: 100)
            LedgerMetrics.write(stats, now: 100_000_000, labels: &labels, to: &samples)
        }
        let jobs = values("martlet_queue_jobs", in: registry)
        #expect(jobs.count == 404 && jobs.values.reduce(0, +) == 600)
        #expect(jobs[#"{queue="(other)",state="available"}"#] == 400)
        #expect(values("martlet_queue_finished_total", in: registry).values.reduce(0, +) == 900)
        #expect(values("martlet_queue_oldest_available_seconds", in: registry)[#"{queue="(other)"}"#] == 60)
        #expect(values("martlet_queue_oldest_available_seconds", in: registry)[#"{queue="queue-7"}"#] == 0)
        #expect(values("martlet_ledger_sample_age_seconds", in: registry).values.first == 10)
    }

    private func row(_ job: NewJob) -> LedgerRow { LedgerRow(job: job, queue: 1, isDispatched: false) }

    @Test func manyKindsAreCountedAsFew() {
        let registry = MetricsRegistry()
        let metrics = EnqueueMetrics(registry)
        metrics.count([row(NewJob(kind: "first", args: []))], [EnqueuedJob(id: JobID(rawValue: 1), isExisting: false)])
        for round in 0..<3 {
            let jobs = (0..<1_500).map { NewJob(kind: "kind-\($0 / 50)", args: [], queue: "q\($0 % 50)") }
            let answers = jobs.indices.map { EnqueuedJob(id: JobID(rawValue: Int64($0)), isExisting: $0 == 0) }
            metrics.count(jobs.map(row), answers)
            let counts = values("martlet_jobs_enqueued_total", in: registry)
            #expect(counts.values.reduce(0, +) == Double(1 + 1_499 * (round + 1)))
            #expect(counts.count == 501)
            #expect(counts[#"{kind="first",queue="default"}"#] == 1)
            #expect((counts[#"{kind="(other)",queue="(other)"}"#] ?? 0) >= Double(999 * (round + 1)))
        }
        #expect(values("martlet_metrics_dropped_series_total", in: registry).isEmpty)
    }
}
