// SPDX-License-Identifier: Apache-2.0
// Martlet: single jobs with and without telemetry, in turns so short that both sides meet the same machine.

import Glibc

/// Two APIs that stand at once, one with telemetry and one without, and take single jobs turn about.
///
/// A difference of a few percent is smaller than what a shared machine changes from one minute to the next; between two seconds it
/// changes less, and the median of many pairs forgets the moments in which it did.
struct SingleTurns {
    private static let turns = 24
    private static let connections = 64

    /// What came of one side's turns.
    struct Side: Sendable {
        fileprivate(set) var rates: [Double] = []
        fileprivate(set) var accepted = 0
        fileprivate(set) var cpu: [Double] = []
    }

    private(set) var with = Side()
    private(set) var without = Side()

    /// The rate with telemetry in percent of the rate without: the median over the pairs of turns.
    var share: Double { zip(with.rates, without.rates).map { $0 / $1 * 100 }.median }

    /// Takes all turns, and counts the acknowledged jobs again in the ledgers.
    static func run(bare: Lab, watched: Lab) async throws -> SingleTurns {
        try await withSide(bare, "turns_bare") { bareDatabase, bareAPI in
            try await withSide(watched, "turns_watched") { watchedDatabase, watchedAPI in
                let programs = MartletPrograms(watched, watchedDatabase)
                return try await programs.withAggregator(of: watchedAPI) { aggregator in
                    var outcome = SingleTurns()
                    for turn in 0..<(bare.options.isQuick ? 2 : turns) {
                        for isOn in turn.isMultiple(of: 2) ? [true, false] : [false, true] {
                            // It watches in the turns that pay for it.
                            aggregator.process.signal(isOn ? SIGCONT : SIGSTOP)
                            if isOn {
                                try await outcome.with.take(watchedAPI, watched)
                            } else {
                                try await outcome.without.take(bareAPI, bare)
                            }
                        }
                    }
                    aggregator.process.signal(SIGCONT)
                    try await outcome.with.check(watchedDatabase)
                    try await outcome.without.check(bareDatabase)
                    return outcome
                }
            }
        }
    }

    private static func withSide<Value: Sendable>(
        _ lab: Lab,
        _ label: String,
        _ body: (BenchDatabase, RunningProgram) async throws -> Value
    ) async throws -> Value {
        try await BenchDatabase.with(lab, label) { database in
            let programs = MartletPrograms(lab, database)
            return try await programs.withUnwatchedAPI(SingleMeasurement.settings) { api in
                _ = try await database.makeStream(lab)
                return try await body(database, api)
            }
        }
    }

    /// One turn of a side.
    fileprivate static func load(_ api: RunningProgram, _ lab: Lab) async throws -> LoadOutcome {
        let plan = ClosedLoad.Plan.repeating(
            HTTPRequestBytes.post("/v1/jobs", port: api.port, json: SingleMeasurement.body),
            warmUp: .milliseconds(200),
            measured: .seconds(1)
        )
        return try await api.withConnections(connections) { connections in
            try await ClosedLoad.run(plan, over: connections, within: .seconds(60)).checked("/v1/jobs")
        }
    }
}

extension SingleTurns.Side {
    fileprivate mutating func take(_ api: RunningProgram, _ lab: Lab) async throws {
        let meter = try await CPUMeter.start(lab, [("api", api)])
        let outcome = try await SingleTurns.load(api, lab)
        rates.append(outcome.rate)
        accepted += outcome.accepted
        if let microseconds = meter.microseconds(per: outcome.accepted)["api"] { cpu.append(microseconds) }
    }

    fileprivate func check(_ database: BenchDatabase) async throws {
        let stored = try await database.jobs()
        guard stored == accepted else {
            throw BenchError(.count, "\(accepted) jobs were acknowledged, the ledger has \(stored)")
        }
    }
}
