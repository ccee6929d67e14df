// SPDX-License-Identifier: Apache-2.0
// Martlet: the answer to XAUTOCLAIM.

/// One step of claiming idle entries.
public struct StreamClaim: Sendable, Equatable {
    /// Where to go on; `StreamEntryID.zero` means that the whole list was seen.
    public var cursor: StreamEntryID
    /// The entries that are now this consumer's.
    public var entries: [StreamEntry]
    /// Entries that were pending but are deleted from the stream; the server took them off the list.
    public var deleted: [StreamEntryID]
}
