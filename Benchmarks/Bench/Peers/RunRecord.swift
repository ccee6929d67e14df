// SPDX-License-Identifier: Apache-2.0
// Martlet: which jobs' handlers ran, by lines that outlive a killed process.

import FoundationEssentials

/// The file to which every run of a recorded job appends its number.
struct RunRecord: Sendable {
    let path: String

    /// How many runs there were so far, and of how many jobs.
    func runs() -> (all: Int, distinct: Int) {
        guard let data = FileManager.default.contents(atPath: path) else { return (0, 0) }
        var seen = Set<Int>()
        var (all, number) = (0, 0)
        for byte in data {
            if byte == UInt8(ascii: "\n") {
                seen.insert(number)
                all += 1
                number = 0
            } else {
                number = number * 10 + Int(byte) - 48
            }
        }
        return (all, seen.count)
    }
}
