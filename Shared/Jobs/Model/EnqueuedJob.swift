// SPDX-License-Identifier: Apache-2.0
// What the ledger answers for each job handed over.

/// What the ledger answers for each job handed over.
public struct EnqueuedJob: Hashable, Sendable {
    /// The job's identifier.
    public let id: JobID
    /// Whether it is an older job that holds the same unique key.
    public let isExisting: Bool
}
