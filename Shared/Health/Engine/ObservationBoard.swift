// SPDX-License-Identifier: Apache-2.0
// Martlet: what all locations believe, as far as this process knows.

internal import Platform
internal import Synchronization

/// The newest observation of each check and location.
public final class ObservationBoard: Sendable {
    private struct State {
        var observations: [String: [String: Observation]] = [:]
        /// Checks with news since they were last judged.
        var changed: Set<String> = []
        /// Observations of our own that are not in the ledger.
        var unwritten: [String: Observation] = [:]
    }

    private let state = Mutex(State())
    private let news = Signal()

    /// Empty.
    public init() {}

    /// Takes an observation of this process in.
    func post(_ observation: Observation) {
        state.withLock { state in
            state.observations[observation.check, default: [:]][observation.location] = observation
            state.changed.insert(observation.check)
            state.unwritten[observation.check] = observation
        }
        news.signal()
    }

    /// Takes in what others believe; older than what is known changes nothing.
    func merge(_ others: [Observation]) {
        let isNews = state.withLock { state in
            var isNews = false
            for observation in others {
                let known = state.observations[observation.check]?[observation.location]
                guard known.map({ $0.at < observation.at }) ?? true else { continue }
                state.observations[observation.check, default: [:]][observation.location] = observation
                state.changed.insert(observation.check)
                isNews = true
            }
            return isNews
        }
        if isNews { news.signal() }
    }

    /// Waits for news, at most a time.
    func wait(_ time: Duration) async { await news.wait(timeout: time) }

    /// The checks with news since the last call.
    func takeChanged() -> Set<String> {
        state.withLock { state in
            defer { state.changed = [] }
            return state.changed
        }
    }

    /// What is believed of a check, by location.
    public func observations(of check: String) -> [Observation] {
        state.withLock { $0.observations[check].map { Array($0.values) } ?? [] }
    }

    /// Takes out what the ledger does not have yet; `isWanted` picks.
    func takeUnwritten(where isWanted: (Observation) -> Bool) -> [Observation] {
        state.withLock { state in
            let taken = state.unwritten.values.filter(isWanted)
            for observation in taken { state.unwritten[observation.check] = nil }
            return taken
        }
    }

    /// Puts back what could not be written, unless something newer came.
    func putBack(_ observations: [Observation]) {
        state.withLock { state in
            for observation in observations where state.unwritten[observation.check] == nil {
                state.unwritten[observation.check] = observation
            }
        }
    }

    /// Forgets checks that are no longer configured.
    func keep(_ checks: Set<String>) {
        state.withLock { state in
            state.observations = state.observations.filter { checks.contains($0.key) }
            state.unwritten = state.unwritten.filter { checks.contains($0.key) }
            state.changed.formIntersection(checks)
        }
    }
}
