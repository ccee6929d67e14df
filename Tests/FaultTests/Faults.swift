// SPDX-License-Identifier: Apache-2.0
// Martlet: the frame of all fault tests: one cluster for all that leave it whole, seeds, and a report when a promise is broken.

import Glibc
import TestSupport
import Testing

/// All fault tests, one after another: each of them wants the machine for itself.
@Suite(
    .serialized,
    .timeLimit(.minutes(FaultTier.isDeep ? 30 : 5)),
    FaultScope(),
    .enabled(if: ClusterPrograms.obstacle == nil, "\(ClusterPrograms.obstacle ?? "")")
)
enum Faults {
    /// Runs a test on the cluster. When it throws, the error bears the seed, and the end of every log.
    ///
    /// - Parameter body: Returns a line about what was seen.
    static func run(
        _ name: String,
        _ seed: FaultSeed,
        _ body: (Cluster, ClusterOracle, inout ClusterDice) async throws -> String
    ) async throws {
        say("\(name): MARTLET_TEST_SEED=\(seed.value)")
        let start = ContinuousClock.now
        let cluster = try await FaultShelf.shared.take()
        var dice = ClusterDice(seed: seed.value)
        do {
            let oracle = try await ClusterOracle(cluster)
            let line = try await body(cluster, oracle, &dice)
            try cluster.demandAlive()
            try await cluster.restore()
            say("\(name): \(line) (\(ContinuousClock.now - start))")
        } catch {
            let report = cluster.report()
            await FaultShelf.shared.drop()
            throw ClusterFailure("\(name), MARTLET_TEST_SEED=\(seed.value): \(error)\n\(report)")
        }
    }

    /// Prints at once: what a test that hangs was at is of interest.
    private static func say(_ line: String) {
        print("fault test: \(line)")
        fflush(nil)
    }
}
