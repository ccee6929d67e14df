// SPDX-License-Identifier: Apache-2.0
// Martlet: what came of a load.

/// Counts and times of one load.
struct LoadOutcome: Sendable {
    /// Answers with the wanted status, from the first request on; each stands for rows that must be there.
    var accepted = 0
    /// Of these, the ones within the measured time.
    var measured = 0
    /// Other answers by status.
    var refused: [Int: Int] = [:]
    /// Connections that broke.
    var broken = 0
    /// The measured time.
    var elapsed: Duration = .zero
    /// From request to answer, in milliseconds, of the measured ones.
    var latencies: [Double] = []

    /// Measured answers a second.
    var rate: Double { elapsed > .zero ? Double(measured) / elapsed.seconds : 0 }

    /// Refuses a load in which anything went wrong.
    func checked(_ what: String) throws(BenchError) -> LoadOutcome {
        guard refused.isEmpty, broken == 0 else {
            let statuses = refused.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }.joined(separator: ", ")
            throw BenchError(
                .count,
                "\(what): refused \(statuses.isEmpty ? "none" : statuses), \(broken) connections broke"
            )
        }
        return self
    }
}
