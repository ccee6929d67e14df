// SPDX-License-Identifier: Apache-2.0
// Martlet: does what operators ask for, or leaves it for the one who decides.

internal import Logging
internal import Platform
internal import Synchronization

extension Judge {
    /// Does what an operator asks for, here if this aggregator decides, else by the one that does.
    ///
    /// - Throws: `ledgerUnavailable` where it can be neither done nor left for another one; nothing was done then.
    public func act(_ action: IncidentAction) async throws(HealthError) -> ActionOutcome {
        guard coordinator.role.decides, state.withLock({ $0.isLoaded }) else { return try await leave(action) }
        let isTaken = state.withLock { state in
            guard state.judgement.act(action, at: .now()) else { return false }
            state.actions.add(action)
            return true
        }
        guard isTaken else { return .refused }
        await record()
        show(at: .now())
        // One that was overtaken has left it for its successor.
        return coordinator.role.decides ? .done : .accepted
    }

    /// Leaves an action for whoever decides, if the ledger knows the incident.
    private func leave(_ action: IncidentAction) async throws(HealthError) -> ActionOutcome {
        let isKnown = state.withLock { $0.others?.contains { $0.id == action.incident } ?? false }
        if !isKnown, try await store.incident(action.incident) == nil { return .refused }
        try await store.add(action)
        return .accepted
    }

    /// Leaves what was taken on here and could not be recorded for whoever decides now.
    func leaveOrphans() async {
        let orphans = state.withLock { $0.actions.takeOrphans() }
        for (place, orphan) in orphans.enumerated() {
            do throws(HealthError) { try await store.add(orphan.action, key: orphan.key) } catch {
                state.withLock { $0.actions.putBack(orphans: orphans[place...]) }
                logger.debug("actions wait for the ledger", metadata: ["error": "\(error)"])
                return
            }
        }
    }
}
