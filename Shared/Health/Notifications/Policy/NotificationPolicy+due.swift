// SPDX-License-Identifier: Apache-2.0
// Martlet: who hears of an incident because time passes: reminders and escalation.
public import Platform

extension NotificationPolicy {
    /// The reminders and escalations that are due, each at the time when its receiver may hear it.
    ///
    /// A delay never makes up for what was missed: after it one reminder follows, and the next step of the escalation.
    public func dueOrders(
        of incident: IncidentFacts,
        memory: inout IncidentNotifications,
        now: Timestamp
    ) -> [NotificationOrder] {
        guard incident.isWaiting else { return [] }
        var orders: [NotificationOrder] = []
        for route in routes {
            guard var progress = memory.routes[route.name] else { continue }
            if let due = stepDue(route, progress), due <= now {
                let at = deliveryTime(of: .escalated, route, incident, now)
                let step = route.escalation[progress.steps]
                progress.steps += 1
                progress.base = at.microseconds
                let targets = receivers(of: step.targets, at: at)
                if route.matcher.matches(.escalated) {
                    add(.escalated, targets, incident, at, &memory, into: &orders)
                    progress.add(targets)
                }
            }
            if let due = reminderDue(route, progress), due <= now {
                let at = deliveryTime(of: .reminder, route, incident, now)
                progress.reminded = at.microseconds
                // Whoever is on call now, and not whoever was when it began.
                let targets =
                    route.targets + route.escalation[..<min(progress.steps, route.escalation.count)].flatMap(\.targets)
                let receivers = receivers(of: targets, at: at)
                // Whoever hears of it right now by an escalation or another route needs no reminder beside it.
                let told = Set(orders.map(\.receiver))
                add(.reminder, receivers.filter { !told.contains($0) }, incident, at, &memory, into: &orders)
                progress.add(receivers)
            }
            memory.routes[route.name] = progress
        }
        return orders
    }

    /// When ``dueOrders(of:memory:now:)`` will have something to say; nil if nothing follows until the next event.
    public func nextDue(of incident: IncidentFacts, memory: IncidentNotifications) -> Timestamp? {
        guard incident.isWaiting else { return nil }
        return routes.flatMap { route -> [Timestamp] in
            guard let progress = memory.routes[route.name] else { return [] }
            return [stepDue(route, progress), reminderDue(route, progress)].compactMap { $0 }
        }.min()
    }

    private func stepDue(_ route: NotificationRoute, _ progress: IncidentNotifications.Progress) -> Timestamp? {
        guard progress.steps < route.escalation.count else { return nil }
        return Timestamp(microseconds: progress.base) + route.escalation[progress.steps].after
    }

    private func reminderDue(_ route: NotificationRoute, _ progress: IncidentNotifications.Progress) -> Timestamp? {
        guard let interval = route.reminderInterval, route.matcher.matches(.reminder), !progress.heard.isEmpty else {
            return nil
        }
        return Timestamp(microseconds: progress.reminded) + interval
    }

    private func add(
        _ event: NotificationMessage.Event,
        _ receivers: [String],
        _ incident: IncidentFacts,
        _ at: Timestamp,
        _ memory: inout IncidentNotifications,
        into orders: inout [NotificationOrder]
    ) {
        for receiver in receivers {
            let sequence = (memory.sequences[event.rawValue]?[receiver] ?? 0) + 1
            guard memory.record(event, receiver, sequence) else { continue }
            orders.append(.init(incident: incident.id, event: event, receiver: receiver, sequence: sequence, at: at))
        }
    }
}
