// SPDX-License-Identifier: Apache-2.0
// A job together with the epoch under which somebody holds it.

/// A job together with the epoch under which somebody holds it.
public struct Fence: Hashable, Sendable {
    /// The job.
    public var id: JobID
    /// The epoch.
    public var epoch: Int32

    /// Names a job under an epoch.
    public init(id: JobID, epoch: Int32) {
        self.id = id
        self.epoch = epoch
    }
}
