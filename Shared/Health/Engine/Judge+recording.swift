// SPDX-License-Identifier: Apache-2.0
// Martlet: records what was decided, or tells it directly while there is no ledger.

internal import FoundationEssentials
internal import Logging
internal import Platform
internal import Synchronization

extension Judge {
    /// Records what was decided without the ledger, now that somebody else decides with it: what they have goes before.
    func handOver() async { await recording.take { await self.handOverNow() } }

    /// Records what was decided; without the ledger people are told directly, and it is recorded later. Returns when that is done, whoever does it.
    func record() async { await recording.take { await self.recordNow() } }

    private func handOverNow() async {
        guard state.withLock({ $0.wasActing }) else { return }
        let (incidents, _, fresh) = state.withLock { $0.judgement.takeUnrecorded() }
        let actions = state.withLock { $0.actions.take() }
        let notifications = courier.takeBack() + fresh
        do throws(HealthError) {
            let recorded = try await store.recordLate(incidents, notifications)
            for incident in incidents where !recorded.contains(incident.id) {
                logger.notice(
                    "what others recorded counts",
                    metadata: ["incident": "\(incident.id)", "check": "\(incident.check)"]
                )
            }
            state.withLock { state in
                // The others know nothing of what was asked for here: it is left for them.
                state.actions.giveUp(actions, except: recorded)
                // What is on its way this moment is recorded when it has arrived.
                state.wasActing = !courier.isEmpty
            }
            await leaveOrphans()
        } catch {
            logger.debug("what was decided without the ledger waits for it", metadata: ["error": "\(error)"])
            courier.send(notifications)
            state.withLock { state in
                state.judgement.putBack(incidents)
                state.actions.putBack(actions)
            }
        }
    }

    private func recordNow() async {
        guard case .leading(let lead) = coordinator.role else {
            // One that was overtaken a moment ago tells nobody: its successor does.
            guard coordinator.role == .acting else { return }
            log(state.withLock { $0.judgement.unrecorded })
            courier.send(state.withLock { $0.judgement.takeUntold() })
            return
        }
        let (unrecorded, actions) = state.withLock { state in
            let unrecorded = state.judgement.takeUnrecorded()
            return (unrecorded, state.actions.take())
        }
        let (incidents, told, fresh) = unrecorded
        let parcels = courier.takeBack()
        let notifications = parcels + fresh
        guard !incidents.isEmpty || !notifications.isEmpty || !actions.isEmpty else { return }
        log(Dictionary(uniqueKeysWithValues: incidents.map { ($0.id, $0) }))
        do throws(HealthError) {
            let texts = told.compactMapValues { memory in
                (try? JSONEncoder().encode(memory)).map { String(decoding: $0, as: UTF8.self) }
            }
            try await store.record(
                incidents,
                told: texts,
                notifications,
                done: actions.ids,
                keys: actions.keys,
                as: lead
            )
            if !notifications.isEmpty { recorded.signal() }
        } catch {
            logger.warning("an incident was not recorded", metadata: ["error": "\(error)"])
            switch error.code {
            case .fenced, .invalid:
                // Somebody else decides, or has an open incident of the same check: theirs counts.
                coordinator.stepDown()
                // What people were told of, or are owed, since the ledger was away is handed over.
                courier.send(parcels)
                let told = Set(parcels.compactMap(\.incident))
                state.withLock { state in
                    state.isLoaded = false
                    state.wasActing = !parcels.isEmpty
                    state.judgement.putBack(incidents.filter { told.contains($0.id) })
                    state.actions.giveUp(actions)
                }
                await leaveOrphans()
            default:
                courier.send(notifications)
                state.withLock { state in
                    state.judgement.putBack(incidents)
                    state.actions.putBack(actions)
                    state.wasActing = true
                }
            }
        }
    }

    func log(_ events: [HealthEvent]) {
        for event in events {
            var fields: Logger.Metadata = [
                "kind": "\(event.kind.rawValue)", "check": "\(event.check)", "text": "\(event.text)",
            ]
            fields["instance"] = event.instance.map { "\($0)" }
            logger.notice("event", metadata: fields)
        }
    }

    private func log(_ incidents: [Int64: Incident]) {
        let news = state.withLock { state in
            let news = incidents.values.filter { $0.timeline.count > state.logged[$0.id] ?? 0 }
            for incident in news { state.logged[incident.id] = incident.timeline.count }
            // The oldest are forgotten; numbers rise with time.
            if state.logged.count > 2_000 {
                let oldest = state.logged.keys.sorted().prefix(1_000)
                for id in oldest { state.logged[id] = nil }
            }
            return news
        }
        for incident in news.sorted(by: { $0.id < $1.id }) {
            logger.notice(
                "incident",
                metadata: [
                    "incident": "\(incident.id)", "check": "\(incident.check)", "status": "\(incident.status.rawValue)",
                    "step": "\(incident.timeline.last?.kind.rawValue ?? "")",
                    "text": "\(incident.timeline.last?.text ?? incident.title)",
                ]
            )
        }
    }
}
