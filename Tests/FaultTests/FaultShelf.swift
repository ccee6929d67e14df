// SPDX-License-Identifier: Apache-2.0
// Martlet: one cluster for all tests that leave it whole.

import TestSupport

/// Keeps the cluster between tests.
actor FaultShelf {
    static let shared = FaultShelf()

    private var cluster: Cluster?

    func take() async throws -> Cluster {
        if let cluster { return cluster }
        let started = try await Cluster.start()
        cluster = started
        return started
    }

    /// Ends the cluster; the next test gets a new one.
    func drop() async {
        await cluster?.end()
        cluster = nil
    }
}
