// SPDX-License-Identifier: Apache-2.0
// Martlet: the command line of the benchmark.

import Testing

@testable import Bench

@Suite struct BenchOptionsTests {
    private func options(_ words: String...) throws -> BenchOptions {
        guard case .measure(let options) = try BenchOptions.parse(words) else {
            throw BenchError(.usage, "another command")
        }
        return options
    }

    @Test func measuresEverythingFiveTimesByDefault() throws {
        let options = try options()
        #expect(options.rounds == 5)
        #expect(options.only.isEmpty)
        #expect(!options.isQuick && !options.comparesPeers)
    }

    @Test func takesValuesInBothForms() throws {
        let options = try options("--rounds", "3", "--json=/tmp/a=b.json", "--only", "drain", "--only=rest", "--peers")
        #expect(options.rounds == 3)
        #expect(options.jsonFile == "/tmp/a=b.json")
        #expect(options.only == ["drain", "rest"])
        #expect(options.comparesPeers)
    }

    @Test(arguments: [["--rounds"], ["--rounds", "0"], ["--rounds=many"], ["--only", "speed"], ["--json="], ["fast"]])
    func refusesNonsense(_ words: [String]) throws {
        let error = #expect(throws: BenchError.self) { try BenchOptions.parse(words) }
        #expect(error?.exitCode == 2)
    }
}
