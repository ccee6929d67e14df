// SPDX-License-Identifier: Apache-2.0
// Martlet: what telemetry costs the main job.

/// Drain, batch and single jobs with spans exported, metrics scraped and an aggregator that watches, beside the same without.
struct TelemetryMeasurement: Measurement {
    /// What is measured both ways, by the name of the figure.
    private static let measured: [(name: FigureName, measurement: any Measurement)] = [
        (.drain, DrainMeasurement()), (.batch, BatchMeasurement(batches: 1000)),
    ]

    let plan = FigurePlan(
        name: .telemetry,
        title: "what is left of the main job's figures with all telemetry on",
        values: [
            .init(key: "drain", title: "drain, with telemetry to without", unit: "%"),
            .init(key: "batch", title: "batches, with telemetry to without", unit: "%"),
            .init(key: "single", title: "single jobs, with telemetry to without", unit: "%"),
            .init(key: "drainWith", title: "drain with telemetry", unit: "jobs/s"),
            .init(key: "drainWithout", title: "drain without", unit: "jobs/s"),
            .init(key: "batchWith", title: "batches with telemetry", unit: "jobs/s"),
            .init(key: "batchWithout", title: "batches without", unit: "jobs/s"),
            .init(key: "singleWith", title: "single jobs with telemetry", unit: "jobs/s"),
            .init(key: "singleWithout", title: "single jobs without", unit: "jobs/s"),
            .init(key: "cpuWith", title: "CPU of martlet-api with telemetry", unit: "µs/single job"),
            .init(key: "cpuWithout", title: "CPU of martlet-api without", unit: "µs/single job"),
            .init(key: "posts", title: "posts of spans taken by the collector", unit: "posts"),
            .init(key: "scrapes", title: "scrapes", unit: "scrapes"),
        ],
        bars: [.atLeast("drain", 97), .atLeast("batch", 97), .atLeast("single", 97)],
        method: """
            Drain and batches twice in a row, turn about; single jobs in 24 pairs of turns of a second on two APIs that \
            stand at once, the median of the pairs. With: spans go to a collector on this machine, a scraper reads the \
            metrics of all programs every 5 s, and martlet-health watches the API, the workers, PostgreSQL and Redis. \
            Without: none of these; metrics are counted in both, for they can't be turned off. A worker that serves no \
            queue stands beside the API in both, so that both have a leader. Collector and scraper take their part of \
            the same cores.
            """
    )

    func round(_ index: Int, in lab: Lab) async throws -> [String: Double] {
        try await TelemetrySink.with(lab) { sink in
            var bare = lab
            bare.hasIdleWorker = true
            var watched = bare
            watched.telemetry = sink
            var values: [String: Double] = [:]
            for (name, measurement) in Self.measured {
                guard let figure = measurement.plan.values.first?.key else { continue }
                var rates: [Bool: Double] = [:]
                for isOn in index.isMultiple(of: 2) ? [false, true] : [true, false] {
                    let measured = try await measurement.round(index, in: isOn ? watched : bare)
                    rates[isOn] = measured[figure]
                }
                guard let with = rates[true], let without = rates[false] else { continue }
                values[name.rawValue] = with / without * 100
                values["\(name.rawValue)With"] = with
                values["\(name.rawValue)Without"] = without
            }
            let turns = try await SingleTurns.run(bare: bare, watched: watched)
            values["single"] = turns.share
            values["singleWith"] = turns.with.rates.median
            values["singleWithout"] = turns.without.rates.median
            values["cpuWith"] = turns.with.cpu.median
            values["cpuWithout"] = turns.without.cpu.median
            let counts = sink.counts
            guard counts.posts > 0, counts.scrapes > 0 else {
                throw BenchError(.count, "there was no telemetry to pay for: \(counts)")
            }
            values["posts"] = Double(counts.posts)
            values["scrapes"] = Double(counts.scrapes)
            return values
        }
    }
}
