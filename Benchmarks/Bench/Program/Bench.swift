// SPDX-License-Identifier: Apache-2.0
// Martlet: the order of a run: look at the machine, measure, tell.

import FoundationEssentials

/// One run.
struct Bench: Sendable {
    let options: BenchOptions

    init(_ options: BenchOptions) {
        self.options = options
    }

    func run() async throws {
        let surroundings = try Surroundings()
        try await Lab.with(surroundings, options) { lab in
            var report = Report(machine: try await MachineState.look(lab), options: options)
            Progress.say(report.machine.summary)
            if options.comparesPeers {
                report.peers = try await PeerComparison(lab).run()
            } else {
                for measurement in try Self.measurements(options) {
                    report.figures.append(try await measurement.figure(in: lab))
                }
            }
            report.machine.loadAfter = MachineState.load
            print(report.text)
            if let file = options.jsonFile { try report.write(to: file) }
        }
    }

    private static func measurements(_ options: BenchOptions) throws -> [any Measurement] {
        let all: [any Measurement] = [
            DrainMeasurement(), BatchMeasurement(), SingleMeasurement(), LatencyMeasurement(), RestMeasurement(),
            MemoryMeasurement(), TelemetryMeasurement(),
        ]
        return all.filter { options.only.isEmpty || options.only.contains($0.plan.name.rawValue) }
    }
}
