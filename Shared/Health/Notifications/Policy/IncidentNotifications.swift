// SPDX-License-Identifier: Apache-2.0
// Martlet: what has been told of one incident, and to whom; kept beside the incident.
internal import Platform

/// The memory of a policy for one incident; grows with receivers and kinds of event, and not with time.
public struct IncidentNotifications: Sendable, Equatable, Codable {
    /// How far a route has come.
    struct Progress: Sendable, Equatable, Codable {
        /// When the last message of the route's ladder was due, in microseconds since 1970.
        var base: Int64
        /// How many steps of the escalation were taken.
        var steps = 0
        /// Who has heard, in this order.
        var heard: [String] = []
        /// When the last reminder (or the first message) was due.
        var reminded: Int64

        init(at time: Timestamp) {
            base = time.microseconds
            reminded = time.microseconds
        }

        mutating func beginAnew(at time: Timestamp) {
            (base, reminded) = (time.microseconds, time.microseconds)
            steps = 0
        }

        /// What was postponed counts from now on if something breaks through before.
        mutating func hasten(to time: Timestamp) {
            base = min(base, time.microseconds)
            reminded = min(reminded, time.microseconds)
        }

        mutating func add(_ receivers: [String]) { heard += receivers.filter { !heard.contains($0) } }
    }

    var routes: [String: Progress] = [:]
    /// The last reopening that began everything anew.
    var lastReopening = 0
    /// The last sequence for each event and receiver.
    var sequences: [String: [String: Int]] = [:]

    /// Nothing has been told.
    public init() {}

    /// Who has heard of the incident.
    public var receivers: Set<String> { Set(routes.values.flatMap(\.heard)) }

    /// Whether a message is new; remembers it.
    mutating func record(_ event: NotificationMessage.Event, _ receiver: String, _ sequence: Int) -> Bool {
        let last = sequences[event.rawValue]?[receiver] ?? 0
        guard sequence > last else { return false }
        sequences[event.rawValue, default: [:]][receiver] = sequence
        return true
    }
}
