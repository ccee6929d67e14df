// SPDX-License-Identifier: Apache-2.0
// A job in a worker's hands, and where it came from.

internal import Redis

/// A job in a worker's hands.
struct Delivery: Sendable {
    /// The job.
    var job: ClaimedJob
    /// Its entry on the bus; nil when it was taken straight from the ledger.
    var entry: BusPlace?

    /// What names it among the jobs in hand: the same job may come again with a higher epoch.
    var fence: Fence { Fence(id: job.id, epoch: job.epoch) }
}
