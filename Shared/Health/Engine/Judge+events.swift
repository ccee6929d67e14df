// SPDX-License-Identifier: Apache-2.0
// Martlet: keeps what whoever decides told beside incidents, for when this aggregator must decide without the ledger.

internal import Synchronization

extension Judge {
    /// How many events are known at most.
    static let knownEvents = 1_000

    /// Reads what others told beside incidents; of what is known already only the newest.
    func readEvents() async throws(HealthError) {
        let known = state.withLock { $0.events }
        let ids = Set(known.map(\.id))
        var events = try await store.events(limit: known.isEmpty ? Self.knownEvents : 50).map(\.event)
        if !known.isEmpty, !events.isEmpty, !events.contains(where: { ids.contains($0.id) }) {
            // There may be more between these and those that are known.
            events = try await store.events(limit: Self.knownEvents).map(\.event)
        }
        let fresh = events.filter { !ids.contains($0.id) }
        guard !fresh.isEmpty else { return }
        state.withLock { $0.events = Array((fresh + known).prefix(Self.knownEvents)) }
    }
}
