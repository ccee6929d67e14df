// SPDX-License-Identifier: Apache-2.0
// How far a stream has been read, and what that says of a job that was put on it.

/// How far a stream has been read; times in milliseconds since 1970 by Redis' clock.
struct StreamProgress: Sendable, Equatable {
    /// When this was read.
    var now: Int64
    /// When the newest entry that a worker has read was added; 0 when none has been.
    var lastRead: Int64
    /// When the oldest entry that no worker has read was added; nil when all are read.
    var oldestUnread: Int64?

    /// How long a job may be on its way between the ledger and the stream.
    private static let relay: Int64 = 5_000

    /// What became of the entry of a job that was handed out at a time and not heard of since.
    enum Whereabouts {
        /// It waits for a worker.
        case waiting
        /// A worker has read it, and is gone.
        case read
        /// It never was in this stream, or the stream has been made anew.
        case vanished
    }

    /// Where the entry of a job is that was handed out so long ago. An age means the same by the ledger's clock and by Redis', however far apart the two are.
    func whereabouts(ofJobFrom age: Duration) -> Whereabouts {
        let time = now - age.wholeMilliseconds
        if let oldestUnread, time + Self.relay >= oldestUnread { return .waiting }
        return time <= lastRead + Self.relay ? .read : .vanished
    }
}
