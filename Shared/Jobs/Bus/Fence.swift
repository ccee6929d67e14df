// SPDX-License-Identifier: Apache-2.0
// A job together with the epoch under which somebody holds it.

/// A job together with the epoch under which somebody holds it.
struct Fence: Hashable, Sendable {
    /// The job.
    var id: JobID
    /// The epoch.
    var epoch: Int32
}
