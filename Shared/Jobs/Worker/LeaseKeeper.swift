// SPDX-License-Identifier: Apache-2.0
// Keeps the ledger informed of what a worker still holds, from a thread that handlers can't block.

internal import Platform
internal import Logging

/// Takes and renews leases, and stops what the ledger says to stop.
struct LeaseKeeper: Sendable {
    let ledger: Ledger
    let runner: JobRunner
    let worker: Int64
    let lease: Duration
    let metrics: WorkerMetrics
    let logger: Logger

    private static let tick: Duration = .milliseconds(250)
    private static let largestBatch = 2_000

    /// Runs until cancelled.
    func run() async {
        while !Task.isCancelled {
            runner.expire()
            await renew()
            try? await Task.sleep(for: Self.tick)
        }
    }

    private func renew() async {
        let due = runner.dueForRenewal(every: lease / 3, limit: Self.largestBatch)
        guard !due.isEmpty else { return }
        do {
            let hold = try await ledger.hold(due, owner: worker, lease: lease)
            metrics.leases.add(hold.held.count)
            for id in hold.cancelled { runner.cancel(id) }
            runner.overtaken(due.filter { !hold.held.contains($0) })
        } catch {
            runner.renewSoon(due)
            logger.debug("leases could not be renewed", metadata: ["error": "\(error)", "jobs": "\(due.count)"])
        }
    }
}
