// SPDX-License-Identifier: Apache-2.0
// Martlet: what is known of the log in the store, look after look.

internal import Postgres

/// Remembers where the log in the store is without a gap, so that a look need not list what was listed before.
struct LogKnowledge: Equatable {
    /// The server's timeline when it was looked.
    let timeline: UInt32
    /// What lies before need not be looked at again: it is whole, or lies before the newest backup.
    private(set) var base: LSN
    /// What is known.
    private(set) var standing: LogStanding

    /// Begins with a look at everything.
    /// - Parameter start: Where the newest backup's log begins; nil without a backup.
    init(_ standing: LogStanding, timeline: UInt32, from start: LSN?) {
        self.timeline = timeline
        self.standing = standing
        base = standing.gaps == 0 ? standing.end ?? start ?? .none : start ?? .none
    }

    /// From where to look next; a backup that came since makes gaps before it harmless.
    func next(from start: LSN?) -> LSN { max(base, start ?? .none) }

    /// Adds a look from ``next(from:)`` on.
    mutating func take(_ look: LogStanding, from position: LSN) {
        let end = [standing.end, look.end].compactMap { $0 }.max()
        standing = LogStanding(end: end, gaps: look.gaps)
        base = look.gaps == 0 ? max(position, end ?? .none) : position
    }
}
