// SPDX-License-Identifier: Apache-2.0
// Martlet: what a watch of the log remembers while the server or the store is away.

internal import Platform
internal import Postgres
internal import Recovery

/// What was seen of one system's log, in the server and in the store.
///
/// A store that is away leaves what is known of it, so that the lag grows as it does in truth.
struct LogMemory {
    /// What can be said now.
    struct Figures: Equatable {
        /// How far the store is.
        let stored: LSN
        /// Bytes that it lacks.
        let bytes: Int64
        /// How old the oldest of them is.
        let lag: Duration
        /// Ranges that are missing in between.
        let gaps: Int
    }

    private var system: SystemID?
    private var lag = LogLag()
    private var known: LogKnowledge?
    private var looked: ContinuousClock.Instant?
    private var isAway = false
    /// Between two looks into the store.
    static let rest: Duration = .seconds(60)

    /// Whether it is time for a look into the store; of another system nothing is known.
    mutating func isDue(of system: SystemID, at now: ContinuousClock.Instant) -> Bool {
        if system != self.system {
            self = LogMemory()
            self.system = system
        }
        return looked.map { now - $0 >= Self.rest } ?? true
    }

    /// Looks into the store; a look that fails changes nothing, and the next one comes after the rest.
    /// - Returns: the error, once for each time that the store is away.
    mutating func look(
        at now: ContinuousClock.Instant,
        _ body: (LogKnowledge?) async throws(RecoveryError) -> LogKnowledge
    ) async -> RecoveryError? {
        looked = now
        do throws(RecoveryError) {
            known = try await body(known)
            isAway = false
            return nil
        } catch {
            defer { isAway = true }
            return isAway ? nil : error
        }
    }

    /// Holds the server's place against what is known of the store; nil before the first look that succeeded, and while
    /// nothing is stored.
    /// - Parameter received: What a receiver of this process has stored since; `.none` without one.
    mutating func take(_ place: ServerPlace, received: LSN) -> Figures? {
        guard let standing = known?.standing else { return nil }
        let stored = max(standing.end ?? .none, received)
        guard stored > .none else { return nil }
        return Figures(
            stored: stored,
            bytes: max(0, Int64(clamping: place.position.value) - Int64(clamping: stored.value)),
            lag: lag.take(place.position, stored: stored, at: place.time),
            gaps: standing.gaps
        )
    }
}
