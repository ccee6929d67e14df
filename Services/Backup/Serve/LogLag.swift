// SPDX-License-Identifier: Apache-2.0
// Martlet: how old the oldest log is that the store lacks.

internal import Platform
internal import Postgres

/// Remembers when the server's log was how long. Pure: looks in, an age out.
struct LogLag {
    private var looks: [(position: LSN, time: Timestamp)] = []
    /// Two hours of looks each five seconds; of older ones the oldest stays.
    private static let limit = 1_440

    /// Adds a look.
    /// - Returns: the age of the oldest byte that the store lacks, at most one pause between looks too much; since the
    ///   first look, if it is older. Zero when it lacks none.
    mutating func take(_ position: LSN, stored: LSN, at time: Timestamp) -> Duration {
        looks.append((position, time))
        if looks.count > Self.limit { looks.remove(at: 1) }
        // Of the looks at a log that is wholly stored by now the last one is enough.
        while looks.count > 1, looks[1].position <= stored { looks.removeFirst() }
        guard stored < position, let first = looks.first else { return .zero }
        return max(.zero, time - first.time)
    }
}
