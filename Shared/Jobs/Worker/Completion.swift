// SPDX-License-Identifier: Apache-2.0
// An attempt that ended, on its way into the ledger.

/// An attempt that ended, with what must be cleared away once that is recorded.
struct Completion: Sendable {
    /// The report.
    var attempt: FinishedAttempt
    /// Its entry on the bus, if it came over the bus.
    var place: BusPlace?

    /// Under which it is held.
    var fence: Fence { Fence(id: attempt.id, epoch: attempt.epoch) }
}
