// SPDX-License-Identifier: Apache-2.0
// Martlet: who hears of an event when it happens.
public import Platform

extension NotificationPolicy {
    /// The messages that an event causes, each at the time when its receiver may hear it.
    ///
    /// Routes that fit hear it. A route that was told of the incident before hears what happens to it even if it no longer fits, and
    /// so do all who heard of it by escalation. Nobody hears the same (event, sequence) of an incident twice.
    ///
    /// - Parameters:
    ///   - sequence: Which event of this kind it is for the incident, from 1 on; an event that is given again changes nothing.
    ///   - incident: The incident after the event.
    ///   - memory: What was told of the incident before; keep what it is afterwards.
    public func orders(
        for event: NotificationMessage.Event,
        sequence: Int,
        of incident: IncidentFacts,
        memory: inout IncidentNotifications,
        now: Timestamp
    ) -> [NotificationOrder] {
        let beginsAnew = event == .reopened && sequence > memory.lastReopening
        if beginsAnew { memory.lastReopening = sequence }
        var orders: [NotificationOrder] = []
        var isOpen = true
        for route in routes {
            let fits = isOpen && route.matcher.isForIncidents && route.matcher.matches(incident)
            if fits, !route.continues { isOpen = false }
            let known = memory.routes[route.name]
            guard fits || known != nil else { continue }
            let at = deliveryTime(of: event, route, incident, now)
            var progress = known ?? .init(at: at)
            if beginsAnew { progress.beginAnew(at: at) }
            progress.hasten(to: at)
            // Whoever was on call when it began hears how it goes on, and not only whoever is now.
            if fits, known == nil || beginsAnew { progress.add(receivers(of: route.targets, at: at)) }
            if route.matcher.matches(event) {
                for receiver in progress.heard where memory.record(event, receiver, sequence) {
                    orders.append(
                        .init(incident: incident.id, event: event, receiver: receiver, sequence: sequence, at: at)
                    )
                }
            }
            // Advice, trials and what ended before it was told begin nothing that would be followed up.
            guard event != .advisory, event != .test, known != nil || incident.resolvedAt == nil else { continue }
            memory.routes[route.name] = progress
        }
        return orders
    }

    /// Who hears of something that is no incident: the first route that names the event and fits, and those behind one that continues.
    public func orders(about event: NotificationMessage.Event, of facts: IncidentFacts, now: Timestamp)
        -> [NotificationOrder]
    {
        var orders: [NotificationOrder] = []
        for route in routes {
            guard route.matcher.events?.contains(event) ?? false, route.matcher.matches(facts) else { continue }
            let at = deliveryTime(of: event, route, facts, now)
            let told = Set(orders.map(\.receiver))
            for receiver in receivers(of: route.targets, at: at) where !told.contains(receiver) {
                orders.append(.init(incident: facts.id, event: event, receiver: receiver, sequence: 1, at: at))
            }
            guard route.continues else { break }
        }
        return orders
    }

    /// Now, or when the quiet hours end; whoever tries a channel wants to hear at once.
    func deliveryTime(
        of event: NotificationMessage.Event,
        _ route: NotificationRoute,
        _ incident: IncidentFacts,
        _ now: Timestamp
    ) -> Timestamp {
        guard event != .test else { return now }
        return QuietHours.firstTime(from: now, outside: route.quietHours, severity: incident.severity)
    }
}
