// SPDX-License-Identifier: Apache-2.0
// Martlet: whom a route or an escalation step names.

/// A receiver, or whoever is on call.
public enum NotificationTarget: Sendable, Hashable {
    /// A receiver by its name.
    case receiver(String)
    /// Whoever is on call by the schedule of this name, at the time of delivery.
    case onCall(String)
}
