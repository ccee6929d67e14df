// SPDX-License-Identifier: Apache-2.0
// Martlet: the parts of a stream of the write-ahead log.

/// What comes next in a stream of the log.
public enum LogStreamEvent: Hashable, Sendable {
    /// Bytes of the log that begin at a position.
    case data(LSN, [UInt8])
    /// Nothing new; the server's log ends here.
    case keepalive(LSN)
    /// Nothing came within the time, or somebody called `wake()`.
    case idle
    /// The timeline has ended; the log goes on in the next one at this position.
    case timelineEnd(next: UInt32, at: LSN)
}
