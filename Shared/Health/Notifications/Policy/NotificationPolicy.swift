// SPDX-License-Identifier: Apache-2.0
// Martlet: who hears of an incident: routes, schedules, and the checks of both.
internal import Platform

/// Decides who hears what when; holds no state, does nothing, and reads no clock.
///
/// Give it each event of an incident (``orders(for:sequence:of:memory:now:)``), and ask for what is due
/// (``dueOrders(of:memory:now:)``) at the time that ``nextDue(of:memory:)`` names. Keep the memory and the orders in one transaction.
public struct NotificationPolicy: Sendable {
    /// Looked at in this order; the first that fits counts, and those after it while each one `continues`.
    public let routes: [NotificationRoute]
    /// Schedules by the name that targets give.
    public let schedules: [String: OnCallSchedule]

    /// Makes a policy; throws `configuration` for double names, unknown schedules and times out of range.
    ///
    /// - Parameter routes: At most 1,000, with at most 20 steps and 100 targets each; reminders not more often than once a minute.
    public init(routes: [NotificationRoute], schedules: [String: OnCallSchedule] = [:]) throws(NotificationError) {
        guard routes.count <= 1_000 else {
            throw NotificationError(.configuration, "routes", "must be at most 1000")
        }
        var names: Set<String> = []
        for (index, route) in routes.enumerated() {
            let field = "routes[\(index)]"
            guard names.insert(route.name).inserted else {
                throw NotificationError(.configuration, "\(field).name", "is the name of another route")
            }
            if let interval = route.reminderInterval, interval < .seconds(60) || interval > .seconds(30 * 86_400) {
                throw NotificationError(.configuration, "\(field).reminder_interval", "must be 1 minute to 30 days")
            }
            guard route.escalation.count <= 20 else {
                throw NotificationError(.configuration, "\(field).escalation", "must be at most 20 steps")
            }
            try Self.check(route.targets, "\(field).targets", schedules)
            for (number, step) in route.escalation.enumerated() {
                guard step.after >= .seconds(1), step.after <= .seconds(30 * 86_400) else {
                    throw NotificationError(
                        .configuration,
                        "\(field).escalation[\(number)].after",
                        "must be 1 second to 30 days"
                    )
                }
                try Self.check(step.targets, "\(field).escalation[\(number)].targets", schedules)
            }
        }
        self.routes = routes
        self.schedules = schedules
    }

    private static func check(
        _ targets: [NotificationTarget],
        _ field: String,
        _ schedules: [String: OnCallSchedule]
    ) throws(NotificationError) {
        guard targets.count <= 100 else {
            throw NotificationError(.configuration, field, "must be at most 100")
        }
        for case .onCall(let name) in targets where schedules[name] == nil {
            throw NotificationError(.configuration, field, "name the on-call schedule \(name), which does not exist")
        }
    }

    /// The receivers behind targets at a time, each once.
    func receivers(of targets: [NotificationTarget], at time: Timestamp) -> [String] {
        var seen: Set<String> = []
        return targets.compactMap { target in
            let name: String? =
                switch target {
                case .receiver(let name): name
                case .onCall(let schedule): schedules[schedule]?.receiver(at: time)
                }
            return name.flatMap { seen.insert($0).inserted ? $0 : nil }
        }
    }
}
