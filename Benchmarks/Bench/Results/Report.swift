// SPDX-License-Identifier: Apache-2.0
// Martlet: everything that a run found out.

import FoundationEssentials

/// The figures with the machine that they were made on.
struct Report: Codable, Sendable {
    var machine: MachineState
    var roundsAsked: Int
    var isQuick: Bool
    var concurrency: Int
    var figures: [Figure] = []
    var peers: [PeerResult] = []

    init(machine: MachineState, options: BenchOptions) {
        self.machine = machine
        roundsAsked = options.rounds
        isQuick = options.isQuick
        concurrency = options.concurrency
    }

    /// All of it for people.
    var text: String {
        var parts = [machine.summary + "\nload \(shortNumber(machine.loadAfter)) after the run"]
        if isQuick { parts.append("A quick run: it shows that everything works, and its figures mean little.") }
        if !figures.isEmpty { parts.append(contentsOf: figures.map(FigureText.text)) }
        if !figures.isEmpty { parts.append(FigureText.overview(figures)) }
        if !peers.isEmpty { parts.append(PeerText.text(peers)) }
        return parts.joined(separator: "\n\n")
    }

    /// Writes all of it, every round included, as JSON.
    func write(to file: String) throws(BenchError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        do {
            try encoder.encode(self).write(to: URL(filePath: file))
        } catch {
            throw BenchError(.surroundings, "\(file) can't be written: \(error)")
        }
    }
}
